import { setTimeout as pause } from 'node:timers/promises'
import type { Group } from './group.ts'
import { LoadConnection, type LoadConnectionOptions } from './load-connection.ts'

export interface Opening {
  readonly port: number
  readonly group: Group
  readonly count: number
  readonly atOnce: number
  readonly authOf: (index: number) => object | null
  readonly onPacket?: LoadConnectionOptions['onPacket']
}

// Nobody has become ready for so long: nobody will.
const giveUpMs = 15_000
// As clients do it that are refused; SDK and stock clients wait longer.
const retryMs = 100

/** Opens connections, `atOnce` at a time, until all are ready; one that is refused tries again. Answers how often that was. */
export async function openConnections({ port, group, count, atOnce, authOf, onPacket }: Opening): Promise<{ refused: number }> {
  let readyAt = performance.now()
  let next = 0
  let refused = 0
  const attempt = (auth: object | null): Promise<string | null> =>
    new Promise((resolve) => {
      const connection = new LoadConnection({
        port,
        group,
        auth,
        onReady: () => {
          group.connections.push(connection)
          readyAt = performance.now()
          resolve(null)
        },
        onFailed: resolve,
        ...(onPacket && { onPacket }),
      })
    })
  async function worker(): Promise<void> {
    while (next < count) {
      const auth = authOf(next++)
      for (let why = await attempt(auth); why !== null; why = await attempt(auth)) {
        refused++
        if (performance.now() - readyAt > giveUpMs) throw new Error(`${group.connections.length} of ${count} connections are ready: ${why}`)
        await pause(retryMs)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker))
  return { refused }
}
