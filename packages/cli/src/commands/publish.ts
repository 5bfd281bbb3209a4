import type { ChannelRef } from '@millrace/contract'
import { pinoLogger } from '@millrace/server'
import { loadConfig } from '../config/load-config.ts'
import { openNode } from '../config/open-parts.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { CommandFailure } from '../failure.ts'

export interface PublishOptions {
  readonly config?: string
  readonly url?: string
  readonly key?: string
  readonly tenant?: string
  readonly idempotencyKey?: string
}

export interface Publication {
  readonly channel: string
  readonly event: string
  readonly data: unknown
}

const answerWithinMs = 30_000

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(`the data is not JSON (${said})`, `quote it for the shell, such as '{"id":"1"}'`, exitCodes.usage)
  }
}

/** What an answer that is no success says, in a line. */
function refusalOf(status: number, body: string): CommandFailure {
  let problem: { readonly code?: unknown; readonly detail?: unknown; readonly faults?: unknown } = {}
  try {
    problem = Object(JSON.parse(body))
  } catch {
    // Something between here and the server has answered.
  }
  const { code = `HTTP ${status}`, detail = 'it was not the HTTP API that answered', faults } = problem
  return new CommandFailure(String(code), `${detail}${faults === undefined ? '' : ` ${JSON.stringify(faults)}`}`)
}

async function overHttp(
  publication: Publication,
  { url, key, tenant, idempotencyKey }: PublishOptions & { readonly url: string },
): Promise<unknown> {
  if (!URL.canParse(url)) throw new CommandFailure(`--url ${url} is no address`, 'write http://HOST:PORT', exitCodes.usage)
  if (key === undefined) throw new CommandFailure('there is no API key', 'give one with --key, or in MILLRACE_API_KEY', exitCodes.usage)
  let response: Response
  try {
    response = await fetch(new URL('/v1/publish', url), {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...publication,
        ...(tenant !== undefined && { tenant }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      }),
      signal: AbortSignal.timeout(answerWithinMs),
    })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const said = cause instanceof Error ? cause.message || cause.name : String(cause)
    throw new CommandFailure(`${new URL(url).host} does not answer (${said})`, 'start the server, or correct --url', undefined, {
      cause: error,
    })
  }
  const body = await response.text()
  if (!response.ok) throw refusalOf(response.status, body)
  return JSON.parse(body)
}

async function throughConfig({ channel, event, data }: Publication, options: PublishOptions, context: Context): Promise<unknown> {
  const loaded = await loadConfig(context.folder, options.config)
  const { store, contract } = loaded.config
  if (store === undefined || store === 'memory:')
    throw new CommandFailure('the store is in the memory of the server, where no other process comes', 'publish with --url and --key')
  const ref = contract.resolve(channel)
  if (ref === null) throw new CommandFailure(`unknown_channel: "${channel}" fits no channel of the contract`, 'correct its name')
  await using node = await openNode(loaded, pinoLogger({ level: 'error', destination: { write: (line) => context.note(line.trimEnd()) } }))
  const { tenant, idempotencyKey } = options
  // Holds: the server checks event and data against the contract.
  const publishAny = node.server.publish as (ref: ChannelRef, event: string, data: unknown, options: object) => Promise<unknown>
  const published = await publishAny(ref, event, data, {
    ...(tenant !== undefined && { tenant }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  })
  const { broker } = loaded.config
  if (broker === undefined || broker === 'local:')
    context.note('there is no broker: whoever listens now hears of it with the next publication of the channel, or with --url at once')
  return published
}

/** Publishes once, and writes what the server answers. */
export async function publish(channel: string, event: string, json: string, options: PublishOptions, context: Context): Promise<void> {
  const publication = { channel, event, data: parse(json === '-' ? await context.input() : json) }
  const { url } = options
  context.out(
    JSON.stringify(
      url === undefined ? await throughConfig(publication, options, context) : await overHttp(publication, { ...options, url }),
    ),
  )
}
