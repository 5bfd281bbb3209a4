import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { ChannelName } from '@millrace/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { type DatabaseHandle, inTransaction } from './driver.ts'
import { drivers, newFolder, type OpenStore, openHandle, openStore } from './test-subjects.ts'

// Holds: a name as a pattern would format it.
const mill = channelKey('acme', 'mill:1' as ChannelName)
const entry = { channel: mill, delivery: 'durable', event: 'e', json: '{}', id: 'p1', time: 1 } as const

describe.each(drivers)('transactions of the application, by %s', (driver) => {
  let opened: OpenStore
  const handles: DatabaseHandle[] = []

  beforeEach(() => {
    opened = openStore(driver)
  })
  afterEach(async () => {
    for (const handle of handles.splice(0)) handle.close()
    await opened.close()
  })

  function handleOn(path: string, begin = true): DatabaseHandle {
    const handle = openHandle(driver, path)
    if (begin) handle.exec('BEGIN')
    handles.push(handle)
    return handle
  }
  const write = (tx: unknown, more: object = {}) => opened.store.outbox.write(tx, [{ ...entry, ...more }])

  it('[OUT5] knows its file by whatever path it was opened', () => {
    const link = join(newFolder(), 'link.db')
    symlinkSync(opened.path, link)
    expect(opened.store.outbox.accepts(handleOn(link))).toBe(true)
  })

  it('[OUT5] says why it refuses a handle', () => {
    expect(() => write(handleOn(join(newFolder(), 'other.db')))).toThrow(/another database/)
    expect(() => write(handleOn(':memory:'))).toThrow(/another database/)
    expect(() => write(handleOn(opened.path, false))).toThrow(/not in a transaction/)
    expect(() => write({})).toThrow(/not a SQLite transaction/)
    expect(() => write({ exec() {}, prepare() {}, close() {}, inTransaction: true })).toThrow(
      /another SQLite library.*sqliteStore\(\{ database \}\)/,
    )
  })

  it('[OUT5] fails in the call when the transaction cannot be written to, and leaves its end to the application', () => {
    opened.app.exec('BEGIN')
    // The types forbid it; a caller without types does not know.
    const broken = { ...entry, event: null as unknown as string }
    expect(() => opened.store.outbox.write(opened.app, [entry, broken])).toThrow()
    expect(inTransaction(opened.app)).toBe(true)
    opened.app.exec('ROLLBACK')
  })

  it('[LOG7] refuses a payload over the limit in the transaction, where it can be undone', () => {
    opened.app.exec('BEGIN')
    const large = { ...entry, json: JSON.stringify('x'.repeat(1_048_577)) }
    expect(() => opened.store.outbox.write(opened.app, [large])).toThrow(expect.objectContaining({ code: 'payload_too_large' }))
    opened.app.exec('ROLLBACK')
  })

  it('[OUT1] publishes with the row, from a transaction made of statements and a savepoint inside it', async () => {
    const seen: string[] = []
    opened.store.outbox.listen((envelopes) => seen.push(...envelopes.map(({ id }) => id)))
    opened.app.exec('CREATE TABLE purchases (id TEXT); BEGIN')
    opened.app.prepare('INSERT INTO purchases VALUES (?)').run('p1')
    await write(opened.app)
    opened.app.exec('SAVEPOINT inner')
    await write(opened.app, { id: 'undone' })
    opened.app.exec('ROLLBACK TO inner; RELEASE inner')
    await write(opened.app, { id: 'p2' })
    opened.app.exec('COMMIT')
    expect((await opened.store.log.append(mill, entry)).position.offset).toBe(3)
    expect(seen).toEqual(['p1', 'p2'])
  })

  it('knows whether a handle is in a transaction, also where the library does not say', () => {
    const { app } = opened
    const silent: DatabaseHandle = { exec: (sql) => app.exec(sql), prepare: (sql) => app.prepare(sql), close: () => undefined }
    for (const handle of [app, silent]) {
      expect(inTransaction(handle)).toBe(false)
      app.exec('BEGIN')
      expect(inTransaction(handle)).toBe(true)
      app.exec('COMMIT')
      expect(inTransaction(handle)).toBe(false)
    }
  })
})
