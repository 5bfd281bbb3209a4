import { type Clock, MillraceError } from '@millrace/contract'
import { type ChannelModel, connect } from 'amqplib'
import { ConfigurationError } from '../../configuration-error.ts'
import { systemClock } from '../../node/clock.ts'
import { systemRandom } from '../../node/random.ts'
import { describeError } from '../../observe/describe-error.ts'
import type { Logger } from '../../observe/logger.ts'
import { pinoLogger } from '../../observe/pino-logger.ts'

export interface RabbitLinkOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps://`. */
  readonly url: string
  /** How long the first connection may take. @default 10 s */
  readonly startWithinMs?: number
  /** A connection that is silent for twice as long is lost. @default 10 s; `?heartbeat=` in the address counts more */
  readonly heartbeatSeconds?: number
  readonly logger?: Logger
  readonly clock?: Clock
  /** A number in [0, 1). */
  readonly random?: () => number
}

export interface LinkUse {
  /** What it is called in the log, and in RabbitMQ's list of connections. */
  readonly name: string
  /** Makes channels, topology and consumers on a new connection. `lose` ends that connection; another is made. */
  setup(model: ChannelModel, lose: (why: unknown) => void): Promise<void>
  /** The connection is gone, or is about to be closed. */
  onLost(): void
}

/** A connection to RabbitMQ that is made anew for as long as it is not closed. */
export interface RabbitLink {
  readonly model: ChannelModel | null
  close(): Promise<void>
}

const handshakeMs = 5_000
const setupMs = 10_000
const farewellMs = 1_000
const backoff = { firstMs: 200, longestMs: 5_000 } as const

/** Refusals that no waiting mends: wrong credentials, no such vhost, a queue of other settings. */
const settled = new Map<number, readonly [setting: string, problem: string, mend: string]>([
  [403, ['url', 'is refused by RabbitMQ', 'correct user, password and rights']],
  [405, ['queue', "is another connection's alone", 'choose another name']],
  [406, ['queue', 'or its exchange is there with other settings', 'delete it, or choose another name']],
  [530, ['url', 'names a vhost that is not there, or not for this user', 'correct it']],
])

/** The AMQP reply code of an error; amqplib tells those of the handshake in its message alone. */
function replyCodeOf(error: unknown): number | null {
  if (!(error instanceof Error)) return null
  const { code } = error as { code?: unknown }
  if (typeof code === 'number') return code
  // A vhost that cannot be opened: amqplib says no more of it.
  if (error.message.startsWith('Expected ConnectionOpenOk; got <ConnectionClose')) return 530
  const [, found] = /\b(\d{3}) \([A-Z_-]+\)/.exec(error.message) ?? []
  return found === undefined ? null : Number(found)
}

function addressOf(url: string, heartbeatSeconds: number): string {
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed === null || !/^amqps?:$/.test(parsed.protocol) || parsed.hostname === '')
    throw new ConfigurationError('url', 'is not the address of a RabbitMQ', 'write amqp://user:password@host:5672/vhost')
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(heartbeatSeconds))
  return parsed.href
}

/**
 * Resolves when the first connection is set up. Rejects with a `ConfigurationError` where RabbitMQ says no, with `unavailable` where it does not
 * answer in time. Later failures are logged, and mended by trying again.
 */
export async function openRabbitLink(options: RabbitLinkOptions, use: LinkUse): Promise<RabbitLink> {
  const { clock = systemClock, random = systemRandom, logger = pinoLogger(), startWithinMs = 10_000, heartbeatSeconds = 10 } = options
  for (const [setting, value] of Object.entries({ startWithinMs, heartbeatSeconds }))
    if (!Number.isSafeInteger(value) || value < 1) throw new ConfigurationError(setting, `is ${value}`, 'give a whole number of at least 1')
  const address = addressOf(options.url, heartbeatSeconds)
  let model: ChannelModel | null = null
  let closing = false
  let wake = (): void => undefined

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.after(ms, resolve)
      wake = () => {
        timer.cancel()
        resolve()
      }
      if (closing) wake()
    })
  }

  function limited<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = clock.after(ms, () => reject(new Error(`${what}: not within ${ms} ms`)))
      work.finally(() => timer.cancel()).then(resolve, reject)
    })
  }

  /** One connection, from its beginning to its end. Rejects with what ended it. */
  async function live(onOpen: () => void): Promise<void> {
    // What amqplib leaves open (the socket of a peer that is silent) is destroyed by it.
    const socket = new AbortController()
    let mine: ChannelModel | null = null
    try {
      // Holds: amqplib hands its options to `net.connect`, which takes a signal.
      const settings = {
        noDelay: true,
        keepAlive: true,
        timeout: handshakeMs,
        signal: socket.signal,
        clientProperties: { connection_name: use.name },
      }
      wake = () => socket.abort()
      const made = await connect(address, settings)
      mine = made
      const lost = new Promise<never>((_, reject) => {
        wake = () => reject(new Error('closed by the application'))
        made.on('error', reject)
        made.on('close', (why?: Error) => reject(why ?? new Error('the connection was closed')))
        limited(use.setup(made, reject), setupMs, 'set-up').then(() => {
          if (closing) return reject(new Error('closed by the application'))
          model = made
          onOpen()
        }, reject)
      })
      if (closing) wake()
      await lost
    } finally {
      model = null
      use.onLost()
      // Its promise stays open for ever where the peer is silent.
      if (mine !== null) await limited(mine.close(), farewellMs, 'farewell').catch(() => undefined)
      socket.abort()
    }
  }

  async function run(onOpen: () => void, onFailure: (error: unknown) => void): Promise<void> {
    let failures = 0
    while (!closing) {
      try {
        await live(() => {
          if (failures > 0) logger.info({ link: use.name, failures }, 'the connection to RabbitMQ is back')
          failures = 0
          onOpen()
        })
      } catch (error) {
        if (closing) return
        failures += 1
        onFailure(error)
        if (failures === 1)
          logger.warn({ link: use.name, reply: replyCodeOf(error), ...describeError(error) }, 'the connection to RabbitMQ is lost')
        await pause(Math.min(backoff.longestMs, backoff.firstMs * 2 ** Math.min(failures - 1, 10)) * (0.5 + random() / 2))
      }
    }
  }

  let running: Promise<void> = Promise.resolve()
  async function close(): Promise<void> {
    closing = true
    wake()
    await running
  }
  const opened = new Promise<void>((resolve, reject) => {
    running = run(resolve, (error) => {
      const wrong = settled.get(replyCodeOf(error) ?? 0)
      if (wrong !== undefined) reject(new ConfigurationError(...wrong))
    })
  })
  try {
    await limited(opened, startWithinMs, 'RabbitMQ')
  } catch (error) {
    await close()
    if (error instanceof ConfigurationError) throw error
    throw new MillraceError('unavailable', `RabbitMQ does not answer within ${startWithinMs} ms`)
  }
  return {
    get model() {
      return model
    },
    close,
  }
}
