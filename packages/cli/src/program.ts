import { Command, InvalidArgumentError } from 'commander'
import { serve } from './commands/serve.ts'
import type { Context } from './context.ts'

function port(text: string): number {
  const number = Number(text)
  if (!/^\d+$/.test(text) || number > 65_535) throw new InvalidArgumentError('Give a whole number from 0 to 65535.')
  return number
}

/** The command line of `millrace`. `done` is called with the exit code of the command that ran. */
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
    .option('--verbose', 'show where an error comes from')

  program
    .command('serve')
    .description('run the standalone server: Socket.IO, /health, /metrics')
    .option('-c, --config <file>', 'the configuration (default: millrace.config.ts)')
    .option('-p, --port <number>', 'listen on this port instead of the configured one', port)
    .action(async (options) => done(await serve(options, context)))
  return program
}
