import { type Clock, MillraceError, type Timer } from '@millrace/contract'
import type { Connection } from './connection/connection.ts'

export interface CallsOptions {
  readonly clock: Clock
  readonly connection: Pick<Connection, 'welcome' | 'stoppedBy' | 'need' | 'send'>
  readonly maxWaiting: number
}

/** Questions to the server: they wait for the connection, in order, as long as their time allows. */
export interface Calls {
  call(event: string, payload: unknown, timeoutMs: number): Promise<unknown>
  /** The connection is live. */
  flush(): void
  /** No connection will come: what waits is refused. */
  refuse(code: string): void
}

interface Waiting {
  send(): void
  fail(error: MillraceError): void
}

export function createCalls({ clock, connection, maxWaiting }: CallsOptions): Calls {
  const waiting = new Set<Waiting>()

  function wait(event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const startedAt = clock.now()
      const leave = (): void => {
        waiting.delete(entry)
        timer.cancel()
      }
      const entry: Waiting = {
        send() {
          leave()
          connection.send(event, payload, Math.max(1, timeoutMs - (clock.now() - startedAt))).then(resolve, reject)
        },
        fail(error) {
          leave()
          reject(error)
        },
      }
      const timer: Timer = clock.after(timeoutMs, () =>
        entry.fail(new MillraceError('disconnected', 'There was no connection in time; the request was not sent')),
      )
      waiting.add(entry)
    })
  }

  return {
    call(event, payload, timeoutMs) {
      if (connection.welcome !== null) return connection.send(event, payload, timeoutMs)
      connection.need()
      const cause = connection.stoppedBy
      if (cause !== null) return Promise.reject(new MillraceError('disconnected', undefined, { cause }))
      if (waiting.size >= maxWaiting)
        return Promise.reject(
          new MillraceError('disconnected', `${maxWaiting} requests wait for the connection already; this one was not taken`),
        )
      return wait(event, payload, timeoutMs)
    },
    flush() {
      for (const entry of [...waiting]) entry.send()
    },
    refuse(code) {
      for (const entry of [...waiting]) entry.fail(new MillraceError('disconnected', undefined, { cause: code }))
    },
  }
}
