import { Command, InvalidArgumentError } from 'commander'
import { asyncapi } from './commands/asyncapi.ts'
import { check } from './commands/check.ts'
import { migrate } from './commands/migrate.ts'
import { publish } from './commands/publish.ts'
import { serve } from './commands/serve.ts'
import { type From, tail } from './commands/tail.ts'
import { token } from './commands/token.ts'
import type { Context } from './context.ts'
import { parseDuration } from './duration.ts'
import { ownVersion } from './version.ts'

function port(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > 65_535) throw new InvalidArgumentError('Give a whole number from 0 to 65535.')
  return number
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === null || ms === 0) throw new InvalidArgumentError('Give a time such as 90s, 15m, 1h or 7d.')
  return ms
}

function position(text: string): From {
  const [, epoch = null, offset] = /^(?:(.+):)?(\d{1,15})$/.exec(text) ?? []
  if (offset === undefined) throw new InvalidArgumentError('Give an offset such as 12, or EPOCH:12.')
  return { epoch, offset: Number(offset) }
}

/** `--claim mill=7` is the number, `--claim mill=seven` the text. */
function claim(text: string, before: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const [, name, value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError('Give NAME=VALUE.')
  try {
    return { ...before, [name]: JSON.parse(value) as unknown }
  } catch {
    return { ...before, [name]: value }
  }
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

/** The command line of `millrace`. `done` is called with the exit code of a command that has one of its own. */
export function createProgram(context: Context, done: (exitCode: number) => void): Command {
  const program = new Command('millrace')
    .description('The real-time backbone for business software.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.out(text.trimEnd()),
      writeErr: (text) => context.note(text.trimEnd()),
      getOutHasColors: () => context.colours,
      getErrHasColors: () => context.colours,
      // One line, as all of our errors.
      outputError: (text, write) =>
        write(
          `millrace: ${text
            .replace(/^error: /, '')
            .trim()
            .replaceAll(/\s*\n\s*/g, ' ')}`,
        ),
    })
    .version(ownVersion(), '-V, --version', 'show the version')
    .option('--verbose', 'show where an error comes from')
    .addHelpText('after', '\n`millrace help COMMAND` says more about one.')

  const configured = (name: string): Command =>
    program.command(name).option('-c, --config <file>', 'the configuration (default: millrace.config.ts, .mts, .js or .mjs here)')

  configured('serve')
    .summary('run the standalone server')
    .description(
      'Runs the standalone server: Socket.IO, /health, /metrics, and the HTTP API where it has keys.\nSIGTERM and SIGINT drain it; a second one ends it at once.',
    )
    .option('-p, --port <number>', 'listen here instead of at http.port', port)
    .action(async (options) => done(await serve(options, context)))

  configured('check')
    .summary('look at every setting and dependency')
    .description('Says of every setting and dependency whether it is in order, and what mends it. Exits with 1 where a server would fail.')
    .option('--json', 'write { ok, findings } for programs')
    .action(async (options) => done(await check(options, context)))

  configured('migrate')
    .summary('bring the tables of a PostgreSQL database up to date')
    .description('Brings the tables of a PostgreSQL database up to date. Servers of the version before go on working.')
    .option('--url <url>', 'this database instead of the configured one')
    .option('--dry-run', 'only say what there is to do')
    .action((options) => migrate(options, context))

  configured('token')
    .summary('make a token for development')
    .description(
      'Writes a token that a server with the same secret accepts. With --config the claims stand where its `auth` looks for them.',
    )
    .option('--secret-env <name>', 'the environment variable with the secret (default: the secret of the configuration)')
    .requiredOption('-u, --user <id>', 'who it is for')
    .option('-t, --tenant <name>', 'the tenant, where the configuration does not fix it')
    .option('--name <name>', "the user's name")
    .option('--role <role>', 'a role; may be given several times', collect)
    .option('--claim <name=value>', 'a further claim, as JSON or text; may be given several times', claim)
    .option('--expires <time>', 'how long it holds: 90s, 15m, 1h, 7d (default: 1h)', duration, 3_600_000)
    .option('--force', 'also where NODE_ENV is production')
    .action((options) => token(options, context))

  configured('publish')
    .summary('publish once')
    .description(
      'Publishes to a channel: over the HTTP API of a running server with --url and --key, else through store and broker of the configuration.\nJSON is the data; - reads it from the standard input.',
    )
    .argument('<channel>', 'its name, such as mill:7')
    .argument('<event>', 'an event of the contract')
    .argument('<json>', 'the data')
    .option('--url <url>', 'the server')
    .option('--key <key>', 'an API key (default: $MILLRACE_API_KEY)')
    .option('-t, --tenant <name>', 'the tenant (default: the one of the key, or of the configuration)')
    .option('--idempotency-key <key>', 'seen again, nothing is published')
    .action((channel, event, json, options) => publish(channel, event, json, { key: context.env.MILLRACE_API_KEY, ...options }, context))

  configured('tail')
    .summary('follow a channel')
    .description(
      'Follows a channel as a client does and writes a line of JSON per publication; gaps and breaks are told on the standard error.\nWith --url and --token at any server, else at the one of the configuration, as --user.',
    )
    .argument('<channel>', 'its name, such as mill:7')
    .option('--url <url>', 'the server')
    .option('--token <token>', 'a token (default: $MILLRACE_TOKEN)')
    .option('-u, --user <id>', 'with --config: who the token is made for', 'millrace-tail')
    .option('-t, --tenant <name>', 'with --config: the tenant, where the configuration does not fix it')
    .option('--from <offset>', 'begin after this one, as far as the log reaches back: 0, 12, or EPOCH:12', position)
    .action((channel, options) => tail(channel, { token: context.env.MILLRACE_TOKEN, ...options }, context))

  configured('asyncapi')
    .summary('write the AsyncAPI 3 document of the contract')
    .description('Writes the AsyncAPI 3 document of the contract, for people and generators.')
    .option('-o, --out <file>', 'write it here instead of to the standard output')
    .action((options) => asyncapi(options, context))

  return program
}
