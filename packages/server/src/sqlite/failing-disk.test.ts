import { join } from 'node:path'
import type { ChannelName } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import { describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { assembleStore } from './assemble.ts'
import { loadLibrary } from './driver.ts'
import { openDatabase } from './open.ts'
import { sqliteDefaults } from './store.ts'
import { drivers, newFolder, openHandle, openStore, quick } from './test-subjects.ts'
import { sqlTransactions } from './transactions.ts'

// Holds: a name as a pattern would format it.
const channelAt = (index: number) => channelKey('acme', `mill:${index}` as ChannelName)

describe.each(drivers)('a store on a disk that fails, by %s', (driver) => {
  it('[LOG2] refuses what does not fit, keeps what it has promised, and goes on when there is room', async () => {
    const path = join(newFolder(), 'app.db')
    const library = loadLibrary(driver)
    const opened = openDatabase({ path, library, durability: 'full', newId: () => 'epoch', newSecret: () => 'secret' })
    const store = assembleStore(opened, { ...sqliteDefaults, clock: manualClock(), transactions: sqlTransactions(path, library) })
    const handed: string[] = []
    store.outbox.listen((envelopes) => handed.push(...envelopes.map(({ id }) => id)))
    const app = openHandle(driver, path)
    // SQLite answers a database at this limit as it answers a full disk.
    opened.handle.exec('PRAGMA max_page_count = 60')

    const promised: { readonly id: string; readonly channel: number; readonly offset: number }[] = []
    const refused: unknown[] = []
    const publication = (id: string) => ({ event: 'e', json: JSON.stringify('x'.repeat(3_000)), id, time: 1 })
    async function publish(round: number, count: number): Promise<void> {
      const appends = Array.from({ length: count }, async (_, n) => {
        const id = `${round}.${n}`
        const { position } = await store.log.append(channelAt(n % 2), publication(id), n % 3 === 0 ? { idempotencyKey: id } : {})
        promised.push({ id, channel: n % 2, offset: position.offset })
      })
      for (const outcome of await Promise.allSettled(appends)) if (outcome.status === 'rejected') refused.push(outcome.reason)
    }
    for (let round = 0; round < 12; round += 1) await publish(round, 6)
    expect(promised.length).toBeGreaterThan(6)
    expect(refused.length).toBeGreaterThan(6)
    for (const reason of refused) expect(reason).toMatchObject({ code: 'unavailable', retry: true })

    opened.handle.exec('PRAGMA max_page_count = 100000')
    app.exec('BEGIN')
    await store.outbox.write(app, [{ ...publication('tx'), channel: channelAt(0), delivery: 'durable' }])
    app.exec('COMMIT')
    await publish(99, 6)
    expect(handed).toEqual(['tx'])
    for (const index of [0, 1]) {
      const page = await store.log.read(channelAt(index), { epoch: 'epoch', offset: 0 }, 1_000)
      if (page.kind === 'gap') throw new Error(page.why)
      expect(page.publications.map(({ offset }) => offset)).toEqual(page.publications.map((_, n) => n + 1))
      const ids = page.publications.map(({ id }) => id).filter((id) => id !== 'tx')
      expect(ids).toEqual(promised.filter((one) => one.channel === index).map(({ id }) => id))
      for (const { id, offset } of promised.filter((one) => one.channel === index)) expect(page.publications[offset - 1]?.id).toBe(id)
    }
    app.close()
    await store.close()
  })

  it('[LOG1] gives the offsets of a transaction that failed as a whole to those that come after it', async () => {
    const { store, app, close } = openStore(driver, quick)
    const handed: string[] = []
    store.outbox.listen((envelopes) => handed.push(...envelopes.map(({ id }) => id)))
    const publication = (id: string) => ({ event: 'e', json: '{}', id, time: 1 })
    const append = (id: string) => store.log.append(channelAt(0), publication(id))
    await append('a')
    app.exec(`CREATE TRIGGER fails BEFORE INSERT ON millrace_log WHEN new.id = 'poison' BEGIN SELECT RAISE(ROLLBACK, 'no'); END; BEGIN`)
    await store.outbox.write(app, [{ ...publication('tx'), channel: channelAt(0), delivery: 'durable' }])
    app.exec('COMMIT')
    const outcomes = await Promise.allSettled([append('b'), append('poison'), append('c')])
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
    expect((await append('d')).position.offset).toBe(3)
    expect(handed).toEqual(['tx'])
    const page = await store.log.read(channelAt(0), { ...(await store.log.head(channelAt(0))), offset: 0 }, 10)
    expect(page.kind === 'page' && page.publications.map(({ id, offset }) => `${id}${offset}`)).toEqual(['a1', 'tx2', 'd3'])
    await close()
  })
})
