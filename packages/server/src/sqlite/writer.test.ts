import type { ChannelName } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { nextTurn } from '../node/turn.ts'
import { drivers, type OpenStore, openStore } from './test-subjects.ts'

// Holds: a name as a pattern would format it.
const key = (name: string) => channelKey('acme', name as ChannelName)
const mill = key('mill:1')
const publication = (id: string, time = 1) => ({ event: 'e', json: '{}', id, time })
const unavailable = { status: 'rejected', reason: { code: 'unavailable', retry: true } }

describe.each(drivers)('group commit, by %s', (driver) => {
  let clock: ManualClock
  let opened: OpenStore

  beforeEach(() => {
    clock = manualClock()
    opened = openStore(driver, { clock, maxWaitingWrites: 100, maxWaitingBytes: 10_000, lockTimeoutMs: 5_000 })
  })
  afterEach(() => opened.close())

  const append = (id: string, time?: number) => opened.store.log.append(mill, publication(id, time))
  function commits(): number {
    // Holds: the column that the statement names.
    const row = opened.app.prepare('SELECT commits FROM millrace_meta').get() as { readonly commits: number }
    return row.commits
  }
  async function turns(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) await new Promise<void>(nextTurn)
  }

  it('writes what comes in one turn of the event loop in one transaction', async () => {
    await Promise.all(Array.from({ length: 90 }, (_, n) => append(`p${n}`)))
    expect(commits()).toBe(1)
    await append('q1')
    await append('q2')
    expect(commits()).toBe(3)
  })

  it('[LOG1] stores the others when one of a group cannot be stored', async () => {
    const outcomes = await Promise.allSettled([append('a'), append('b', 1.5), append('c'), append('d', Number.NaN), append('e')])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'internal' } })
    const offsets = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.position.offset] : []))
    expect(offsets).toEqual([1, 2, 3])
    expect(commits()).toBe(1)
  })

  it('[LOG4] forgets the key of an append that could not be stored, also in a channel that began with it', async () => {
    const fresh = key('mill:9')
    const failed = opened.store.log.append(fresh, publication('a', 1.5), { idempotencyKey: 'k' })
    const next = opened.store.log.append(fresh, publication('b'), { idempotencyKey: 'k' })
    await expect(failed).rejects.toMatchObject({ code: 'internal' })
    expect(await next).toMatchObject({ position: { offset: 1 }, duplicate: false })
    const { position } = await opened.store.log.append(fresh, publication('c'))
    expect(await opened.store.log.head(fresh)).toEqual({ ...position, offset: 2 })
  })

  it('[OUT3] leaves the event loop free while a transaction of the application holds the lock, and keeps the order', async () => {
    opened.app.exec('BEGIN IMMEDIATE')
    const done: string[] = []
    const appends = ['a', 'b', 'c'].map((id) => append(id).then(({ position }) => done.push(`${id}${position.offset}`)))
    await turns(20)
    await clock.advance(1_000)
    await turns(5)
    expect(done).toEqual([])
    appends.push(append('d').then(({ position }) => done.push(`d${position.offset}`)))
    opened.app.exec('COMMIT')
    await clock.advance(25)
    await Promise.all(appends)
    expect(done).toEqual(['a1', 'b2', 'c3', 'd4'])
    expect(commits()).toBe(1)
  })

  it('refuses a write that has waited too long for the lock, and stores nothing of it', async () => {
    opened.app.exec('BEGIN IMMEDIATE')
    const early = Promise.allSettled([append('early')])
    await turns(5)
    await clock.advance(3_000)
    const late = append('late')
    await clock.advance(2_100)
    expect(await early).toMatchObject([unavailable])
    opened.app.exec('COMMIT')
    await clock.advance(25)
    expect((await late).position.offset).toBe(1)
  })

  it('refuses what exceeds the bounds of the queue, and goes on with what it has', async () => {
    const many = await Promise.allSettled(Array.from({ length: 130 }, (_, n) => append(`p${n}`)))
    expect(many.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
    expect(many.at(-1)).toMatchObject(unavailable)
    const large = { ...publication('large'), json: JSON.stringify('x'.repeat(4_000)) }
    const bytes = await Promise.allSettled([1, 2, 3].map(() => opened.store.log.append(mill, large)))
    expect(bytes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect((await append('last')).position.offset).toBe(103)
  })

  it('[OUT1] notices what another process has committed', async () => {
    const seen = new Promise((resolve) => opened.store.outbox.listen(resolve))
    await turns(5)
    opened.app.exec(
      `INSERT INTO millrace_outbox (channel, delivery, event, json, id, time) VALUES ('${mill}', 'durable', 'e', '{}', 'p1', 1)`,
    )
    await clock.advance(100)
    expect(await seen).toMatchObject([{ channel: mill, id: 'p1', position: { offset: 1 } }])
  })

  it('[OUT1] moves what was committed before the store was opened', async () => {
    const seen = new Promise((resolve) => opened.store.outbox.listen(resolve))
    const { path } = opened
    await opened.store.close()
    opened.app.exec(
      `INSERT INTO millrace_outbox (channel, delivery, event, json, id, time) VALUES ('${mill}', 'durable', 'e', '{}', 'p1', 1)`,
    )
    opened.app.close()
    opened = openStore(driver, { clock }, path)
    const again = new Promise((resolve) => opened.store.outbox.listen(resolve))
    expect(await Promise.race([seen, again])).toMatchObject([{ id: 'p1', position: { offset: 1 } }])
  })

  it('waits for its writes when it is closed, and not for the lock when it has none', async () => {
    opened.app.exec('BEGIN IMMEDIATE')
    opened.store.outbox.listen(() => undefined)
    await turns(10)
    await opened.store.close()
    opened.app.exec('ROLLBACK')
    opened.app.close()
    opened = openStore(driver, { clock }, opened.path)
    opened.app.exec('BEGIN IMMEDIATE')
    const write = append('p1')
    await turns(10)
    const closed = opened.store.close()
    opened.app.exec('COMMIT')
    await clock.advance(25)
    await closed
    expect((await write).position.offset).toBe(1)
    expect(clock.pending).toBe(0)
  })

  it('[HLT1] says by a write whether it can write', async () => {
    await opened.store.check()
    opened.app.exec('BEGIN IMMEDIATE')
    const check = Promise.allSettled([opened.store.check()])
    await turns(5)
    await clock.advance(5_100)
    expect(await check).toMatchObject([unavailable])
    opened.app.exec('ROLLBACK')
  })
})
