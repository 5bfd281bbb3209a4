import type { ConnectionOptions } from 'node:tls'
import { Redis } from 'ioredis'

export interface EndpointOptions {
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly password?: string
  readonly tls?: ConnectionOptions
}

/** Where a connection goes to. */
export interface Endpoint {
  /** For messages: host and port, no secret. */
  readonly name: string
  readonly url?: string
  readonly options?: EndpointOptions
}

export type RedisCommand = readonly [name: string, ...args: string[]]

/** One connection. It is not made again when it is lost. */
export interface Connection {
  readonly ready: Promise<void>
  /** Sends the commands in one write. Resolves with what Redis has answered to each, in their order; refusals, and a lost connection, are errors among the answers. */
  ask(commands: readonly RedisCommand[]): Promise<readonly unknown[]>
  /** Ends it at once. Idempotent. */
  end(): void
}

export interface ConnectionEvents {
  /** Bytes have come. */
  readonly heard: () => void
  /** It is gone; called once, and not after `end`. */
  readonly lost: (reason: Error) => void
  readonly message: (channel: string, text: string) => void
}

/** Ours are the decisions when to connect again, what to subscribe to, and what to refuse. */
const bare = {
  lazyConnect: true,
  retryStrategy: null,
  enableOfflineQueue: false,
  enableReadyCheck: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: null,
  disableClientInfo: true,
  keepAlive: 10_000,
  // The older form is understood by each server and each proxy.
  protocol: 2,
} as const

/** Connects and signs in; `ready` rejects with what the server, or the way to it, had against it. */
export function connect({ url, options }: Endpoint, timeoutMs: number, events: ConnectionEvents): Connection {
  const settings = { ...options, ...bare, connectTimeout: timeoutMs, connectionName: 'millrace' }
  const redis = url === undefined ? new Redis(settings) : new Redis(url, settings)
  let ended = false
  let reason: Error | null = null
  redis.on('error', (error: Error) => {
    reason = error
  })
  function lose(why: Error): void {
    if (ended) return
    ended = true
    events.lost(why)
  }
  redis.on('end', () => lose(reason ?? new Error('the connection was closed')))
  redis.on('message', events.message)
  redis.on('smessage', events.message)
  // A cluster has given the channel's slot to another server.
  redis.on('moved', () => lose(new Error('MOVED a channel is carried by another server now')))

  async function open(): Promise<void> {
    try {
      await redis.connect()
    } catch (error) {
      throw reason ?? error
    }
    redis.stream.on('data', events.heard)
  }
  return {
    ready: open(),
    async ask(commands) {
      try {
        const answers = await redis.pipeline(commands.map((command) => [...command])).exec()
        return (answers ?? []).map(([error, answer]) => error ?? answer)
      } catch (error) {
        return commands.map(() => error)
      }
    },
    end() {
      ended = true
      redis.disconnect()
      // A connection into nothing would wait for its end. Not there before it was looked up.
      ;(redis.stream as typeof redis.stream | undefined)?.destroy()
    },
  }
}
