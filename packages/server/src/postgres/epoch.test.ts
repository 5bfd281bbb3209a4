import type { ChannelName } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { newClient, newDatabase, type OpenStore, openStore, postgresIsThere, urlOf } from './test-subjects.ts'

// Holds: a name as a pattern would format it.
const mill = channelKey('acme', 'mill:1' as ChannelName)
const publication = (id: string) => ({ event: 'e', json: '{}', id, time: 1 })
const entry = { ...publication('tx'), channel: mill, delivery: 'durable' } as const
const nameOf = (url: string) => new URL(url).pathname.slice(1)

async function cloneOf({ url, close }: OpenStore): Promise<string> {
  await close()
  const copy = await newDatabase()
  const owner = await newClient(urlOf('postgres'))
  await owner.query(`DROP DATABASE ${nameOf(copy)}`)
  await owner.query(`CREATE DATABASE ${nameOf(copy)} TEMPLATE ${nameOf(url)}`)
  await owner.end()
  return copy
}

describe.runIf(postgresIsThere)('the epoch of a PostgreSQL store', () => {
  it('[LOG6] stays the same over restarts, and on every node', async () => {
    let opened = await openStore()
    const { position } = await opened.store.log.append(mill, publication('a'))
    const peer = await opened.peer()
    expect(await peer.store.log.head(mill)).toEqual(position)
    await peer.close()
    opened = await opened.reopen()
    expect(await opened.store.log.head(mill)).toEqual(position)
    await opened.close()
  })

  it('[LOG6] is new in a copy of the database, which loses nothing of what it holds', async () => {
    const opened = await openStore()
    const { position } = await opened.store.log.append(mill, publication('a'))
    await opened.app.query('BEGIN')
    await opened.store.outbox.write(opened.app, [entry])
    await opened.app.query('COMMIT')
    const copy = await openStore({}, await cloneOf(opened))
    const head = await copy.store.log.head(mill)
    expect(head.epoch).not.toBe(position.epoch)
    expect(await copy.store.log.read(mill, position, 10)).toMatchObject({ kind: 'gap', why: 'new-epoch' })
    // What was committed to the outbox before the copy was made moves there as well.
    expect((await copy.store.log.append(mill, publication('b'))).position).toEqual({ epoch: head.epoch, offset: 3 })
    await copy.close()
  })

  it('[LOG6] begins its revisions above all that were given before', async () => {
    const opened = await openStore()
    const { store, app, close } = opened
    const given = [await store.log.retain(mill, 'k', publication('a'))]
    await app.query(`SELECT setval('millrace.retained_seq', last_value + 1000) FROM millrace.retained_seq`)
    given.push(await store.log.retain(mill, 'k', publication('b')))
    for (const begin of ['SELECT millrace.new_epoch()', `UPDATE millrace.meta SET identity = 'another'`]) {
      // As a restored database has it.
      await app.query(`SELECT setval('millrace.retained_seq', 1)`)
      await app.query(begin)
      const peer = await opened.peer()
      given.push(await peer.store.log.retain(mill, 'k', publication('c')))
      await peer.close()
    }
    expect(given).toEqual([...given].sort((a, b) => a - b))
    expect(given.every(Number.isSafeInteger)).toBe(true)
    await close()
  })

  it('[LOG6] is new when an operator says so, under nodes that run', async () => {
    const { store, app, close } = await openStore()
    const { position } = await store.log.append(mill, publication('a'))
    await app.query('SELECT millrace.new_epoch()')
    expect(await store.log.read(mill, position, 10)).toMatchObject({ kind: 'gap', why: 'new-epoch' })
    expect((await store.log.append(mill, publication('b'))).position.epoch).not.toBe(position.epoch)
    await close()
  })
})
