import type { ChannelName } from '@millrace/contract'
import { retentionDefaults } from '@millrace/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { changesMax, type LogChanges } from '../log/port.ts'
import { type OpenStore, openStore, postgresIsThere, quick } from './test-subjects.ts'

// Holds: names as a pattern would format them.
const [mill, other] = ['mill:1', 'mill:2'].map((name) => channelKey('acme', name as ChannelName)) as [never, never]
const publication = (id: string) => ({ event: 'e', json: '{}', id, time: 1 })
const trimAt = Date.now()

describe.runIf(postgresIsThere)('what has changed in the log since a mark', () => {
  let opened: OpenStore

  beforeEach(async () => {
    opened = await openStore(quick)
  })
  afterEach(() => opened.close())

  const changed = ({ heads }: LogChanges) =>
    heads === null ? null : [...heads].map(([channel, { position, revision }]) => [channel, position.offset, revision > 0])
  const firstMark = async () => (await opened.store.log.changes(null)).mark
  /** As when retention has run for a while. */
  async function forget(times: number): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      await opened.app.query(`UPDATE millrace.forgotten SET at = at - interval '1 min'`)
      await opened.store.log.trim(() => retentionDefaults, trimAt)
    }
  }

  it('[DLV1] is told by channel, once, with where they stand', async () => {
    const { log } = opened.store
    const start = await log.changes(null)
    expect(start.heads).toBeNull()
    const nothing = await log.changes(start.mark)
    expect(changed(nothing)).toEqual([])
    for (const id of ['a', 'b']) await log.append(mill, publication(id))
    await log.append(other, publication('c'))
    await log.retain(other, 'k', publication('d'))
    const some = await log.changes(nothing.mark)
    expect(changed(some)?.sort()).toEqual([
      [mill, 2, false],
      [other, 1, true],
    ])
    expect(changed(await log.changes(some.mark))).toEqual([])
    expect(changed(await log.changes(nothing.mark))).toHaveLength(2)
    await log.retain(mill, 'k', publication('e'))
    expect(changed(await log.changes(some.mark))).toEqual([[mill, 0, true]])
  })

  it('[DLV1] is not told of a repetition, which stores nothing', async () => {
    const { log } = opened.store
    await log.append(mill, publication('a'), { idempotencyKey: 'k' })
    const mark = await firstMark()
    await log.append(mill, publication('a'), { idempotencyKey: 'k' })
    expect(changed(await log.changes(mark))).toEqual([])
  })

  it('[DLV1] has a transaction that began before the mark, and commits after it', async () => {
    const { app, store } = opened
    const late = await opened.peer()
    await late.app.query('BEGIN')
    await late.app.query(`SELECT millrace.lock_channels('{acme/mill:1}'),
      millrace.store('{acme/mill:1}', '{true}', '{e}', '{1}', '{i}', '{1}', '{null}', '{null}', '{null}', '{null}', 1, 0)`)
    await store.log.append(other, publication('early'))
    const first = await firstMark()
    await store.log.append(other, publication('next'))
    const second = await store.log.changes(first)
    expect(changed(second)).toEqual([[other, 2, false]])
    expect(changed(await store.log.changes(second.mark))).toEqual([])
    // What is forgotten meanwhile is not what nobody has seen yet.
    await forget(3)
    const third = await firstMark()
    await late.app.query('COMMIT')
    expect(changed(await store.log.changes(third))).toEqual([[mill, 1, false]])
    // And goes when it is old itself.
    await forget(3)
    expect((await app.query('SELECT FROM millrace.changes')).rows).toEqual([])
    await late.close()
  })

  it('[DLV1] is unknown where a change may be forgotten, and only there', async () => {
    const { log } = opened.store
    const mark = await firstMark()
    await log.append(mill, publication('a'))
    await forget(1)
    expect(changed(await log.changes(mark))).toEqual([[mill, 1, false]])
    await forget(2)
    const unknown = await log.changes(mark)
    expect(unknown.heads).toBeNull()
    await log.append(mill, publication('b'))
    expect(changed(await log.changes(unknown.mark))).toEqual([[mill, 2, false]])
  })

  it('[DLV1] is unknown where more has changed than anybody wants to read', async () => {
    const { app, store } = opened
    const mark = await firstMark()
    await app.query(`WITH made AS (INSERT INTO millrace.channels (key) SELECT 'acme/mill:' || n FROM generate_series(1, ${changesMax + 1}) n RETURNING id)
      INSERT INTO millrace.changes (channel, "offset", revision) SELECT id, 1, 0 FROM made`)
    const many = await store.log.changes(mark)
    expect(many.heads).toBeNull()
    expect(changed(await store.log.changes(many.mark))).toEqual([])
  })

  it('[LOG6] is unknown in another epoch, and for a mark of another server', async () => {
    const { app, store } = opened
    const mark = await firstMark()
    const [epoch] = mark.split(' ')
    for (const strange of [`${epoch} 9999999999:9999999999:`, `other ${mark.split(' ')[1]}`])
      expect((await store.log.changes(strange)).heads).toBeNull()
    await app.query('SELECT millrace.new_epoch()')
    const next = await store.log.changes(mark)
    expect(next.heads).toBeNull()
    expect(changed(await store.log.changes(next.mark))).toEqual([])
  })

  it('[LOG6] begins anew on another database, whatever its transactions are numbered', async () => {
    const { app, url, store } = opened
    await store.log.append(mill, publication('a'))
    await store.close()
    // As a dump has them that is read back into a cluster that has counted less.
    await app.query(`UPDATE millrace.meta SET identity = 'another'; UPDATE millrace.changes SET xid = '9999999';
      UPDATE millrace.forgotten SET until = '9999999:9999999:', next = '9999999:9999999:'`)
    const again = await openStore(quick, url)
    const { mark } = await again.store.log.changes(null)
    expect(changed(await again.store.log.changes(mark))).toEqual([])
    await again.store.log.append(mill, publication('b'))
    expect(changed(await again.store.log.changes(mark))).toEqual([[mill, 2, false]])
    await again.close()
  })
})
