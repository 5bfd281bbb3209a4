import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { Group } from './group.ts'
import { type Hello, LoadConnection, type OnPacket } from './load-connection.ts'

export interface Opening {
  readonly port: number
  readonly group: Group
  readonly count: number
  readonly atOnce: number
  readonly helloOf: (index: number) => Hello
  readonly onPacketOf?: (index: number) => OnPacket
}

// Nobody has become ready for so long: nobody will.
const giveUpMs = 15_000
// As clients do it that are refused; SDK and stock clients wait longer.
const retryMs = 100
const perTurn = 20

/** Opens connections, `atOnce` at a time, until all are ready; one that is refused tries again. Answers how often that was. */
export async function openConnections({ port, group, count, atOnce, helloOf, onPacketOf }: Opening): Promise<{ refused: number }> {
  let readyAt = performance.now()
  let next = 0
  let refused = 0
  const attempt = (index: number, hello: Hello): Promise<string | null> =>
    new Promise((resolve) => {
      const connection = new LoadConnection({
        port,
        group,
        hello,
        onReady: () => {
          group.connections.push(connection)
          readyAt = performance.now()
          resolve(null)
        },
        onFailed: resolve,
        onPacket: onPacketOf?.(index),
      })
    })
  async function worker(): Promise<void> {
    while (next < count) {
      const index = next++
      const hello = helloOf(index)
      for (let why = await attempt(index, hello); why !== null; why = await attempt(index, hello)) {
        refused++
        if (performance.now() - readyAt > giveUpMs) throw new Error(`${group.connections.length} of ${count} connections are ready: ${why}`)
        await pause(retryMs)
      }
    }
  }
  const workers: Promise<void>[] = []
  for (let started = 0; started < Math.min(atOnce, count); started++) {
    workers.push(worker())
    // What comes meanwhile is read in between.
    if (started % perTurn === 0) await nextTurn()
  }
  await Promise.all(workers)
  return { refused }
}
