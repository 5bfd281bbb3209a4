import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Envelope } from '@millrace/server'
import { postgresStore } from '@millrace/server/postgres'
import { processMs } from '../process/accounts.ts'
import { createDatabase } from '../process/postgres.ts'

const asks = 10

/** What one node is answered, by the bytes on its connection, when so many channels have changed since it asked last; each asks every 0.8 s. */
export async function measureChanges(channels: number): Promise<Readonly<Record<string, number>>> {
  const database = await createDatabase()
  const to = new URL(database.url)
  let bytes = 0
  const counting = createServer((near) => {
    const far = connect(Number(to.port || 5_432), to.hostname)
    far.on('data', (data) => {
      bytes += data.length
    })
    near.on('error', () => undefined)
    far.on('error', () => undefined)
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => counting.listen(0, '127.0.0.1', resolve))
  const through = new URL(database.url)
  through.hostname = '127.0.0.1'
  // Holds: it listens on a port, not on a path.
  through.port = String((counting.address() as AddressInfo).port)
  const writing = await postgresStore({ url: database.url })
  const asking = await postgresStore({ url: through.href })
  const { log } = writing
  // Holds: these are names of channels as nodes make them.
  const keys = Array.from({ length: channels }, (_, n) => `acme/user:user-${n}` as Envelope['channel'])
  try {
    const append = (key: (typeof keys)[number], n: number) =>
      log.append(key, { event: 'stock:updated', json: '{"kg":12}', id: `id-${n}`, time: 1_800_000_000_000 })
    const { mark } = await asking.log.changes(null)
    await Promise.all(keys.map(append))
    await pause(200)
    await asking.log.changes(mark)
    /** How long it takes, and what the server's processes take of its processors. */
    const taken = async (run: () => Promise<unknown>): Promise<{ readonly ms: number; readonly serverMs: number }> => {
      const before = new Map((await database.backends()).map((pid) => [pid, processMs(pid)]))
      const start = performance.now()
      await run()
      const ms = performance.now() - start
      const pids = await database.backends()
      return { ms, serverMs: pids.reduce((sum, pid) => sum + processMs(pid) - (before.get(pid) ?? 0), 0) }
    }
    bytes = 0
    const asked = await taken(async () => {
      for (let ask = 0; ask < asks; ask++) await asking.log.changes(mark)
    })
    const changed = bytes / asks
    const opened = await taken(() => Promise.all(keys.map((key) => asking.log.head(key))))
    const looked = await taken(() => asking.log.trim(() => ({ maxAgeMs: 1e15, maxCount: 100 }), Date.now()))
    return {
      ...{ 'channels that changed': channels, 'bytes of an answer': changed, 'bytes per channel': changed / channels },
      ...{ 'ms for an answer': asked.ms / asks, 'of it the server': asked.serverMs / asks },
      ...{
        'heads a second, one at a time': (channels * 1_000) / opened.ms,
        'µs of the server per head': (opened.serverMs * 1_000) / channels,
      },
      ...{ 'ms for a look of retention at all': looked.ms, 'of that the server': looked.serverMs },
    }
  } finally {
    await Promise.all([writing.close(), asking.close()])
    counting.close()
    await database.drop()
  }
}
