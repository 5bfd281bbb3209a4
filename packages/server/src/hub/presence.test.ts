import type { PresenceMember } from '@millrace/contract'
import { expect, it } from 'vitest'
import { noQuotas } from '../limits/tenant-quotas.ts'
import { memoryOutbox } from '../outbox/memory-outbox.ts'
import { memoryPresence } from '../presence/memory.ts'
import { channelNode, key, settle } from '../testing/channel-node.ts'
import { PresenceService } from './presence.ts'
import { Publisher } from './publisher.ts'

function subject() {
  const node = channelNode()
  const { clock, log, broker, feeds } = node
  const failures: unknown[] = []
  const onFailure = (error: unknown): void => void failures.push(error)
  const options = { log, broker, clock, onFailure, outbox: memoryOutbox(log), newId: () => 'id', payloadMaxBytes: 1_000 }
  const publisher = new Publisher({
    ...options,
    quotas: noQuotas,
    readersOf: () => 0,
    onPublished: () => {},
    onAppended: () => {},
    onRelayed: () => {},
    onRefused: () => {},
  })
  const store = memoryPresence()
  const reading: { members: () => Promise<readonly PresenceMember[]> } = { members: () => store.members(key) }
  const presence = new PresenceService({ store: { ...store, members: () => reading.members() }, feeds, publisher, clock, onFailure })
  return { ...node, presence, reading, failures }
}

it('[PRE1] lets the channel of the changes go when the last who watches leaves, however often it was watched', async () => {
  const { presence, reader, feeds } = subject()
  const [asha, ravi] = [reader('asha').connection, reader('ravi').connection]
  for (const connection of [asha, asha, ravi]) {
    presence.join(connection, key, null)
    presence.watch(connection, key)
  }
  await settle()
  expect(feeds.size).toBe(1)
  presence.leave(asha, key)
  await settle()
  expect(feeds.size).toBe(1)
  presence.leave(ravi, key)
  presence.leave(ravi, key)
  await settle()
  expect(feeds.size).toBe(0)
})

it('[PRE1] lets it go when the members cannot be read, and watches at the next attempt', async () => {
  const { presence, reader, feeds, reading, failures } = subject()
  const { connection } = reader()
  const { members } = reading
  reading.members = () => Promise.reject(new Error('down'))
  presence.watch(connection, key)
  await settle()
  expect([feeds.size, failures.length]).toEqual([0, 1])
  reading.members = members
  presence.watch(connection, key)
  await settle()
  expect(feeds.size).toBe(1)
})

it('[PRE1] sends who is here again where a change came while they were read', async () => {
  const { presence, reader, reading } = subject()
  const [asha, ravi] = [reader('asha').connection, reader('ravi').connection]
  const syncs: string[] = []
  const told = { ...asha, sendJson: (_: string, json: string) => void syncs.push(json) }
  const watcher = reader('watcher').connection
  presence.watch(watcher, key)
  await settle()
  const { members } = reading
  reading.members = async () => {
    reading.members = members
    const before = await members()
    presence.join(ravi, key, null)
    await settle()
    return before
  }
  presence.watch(told, key)
  await settle()
  await settle()
  expect(syncs).toHaveLength(1)
  expect(syncs[0]).toContain('"members":[{"userId":"asha"')
})
