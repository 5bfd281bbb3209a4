import type { ChannelName, PresenceMember } from '@millrace/contract'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import type { PresenceChange, PresenceStore } from './port.ts'

export interface PresenceSubject {
  readonly name: string
  /** An empty store. */
  create(): Promise<PresenceStore>
}

// Holds: the suite writes names as a pattern would format them.
const key = (name: string, tenant = 'acme'): ChannelKey => channelKey(tenant, name as ChannelName)
const mill = key('mill:7')
const asha = { userId: 'asha', name: 'Asha' }
const ravi = { userId: 'ravi', name: 'Ravi' }

/** What a client makes of the changes it hears. */
function follow(known: Map<string, PresenceMember>, change: PresenceChange | null): void {
  if (change === null) return
  if (change.kind === 'leave') known.delete(change.userId)
  else known.set(change.member.userId, change.member)
}

/** What every presence store does. */
export function describePresenceConformance(subject: PresenceSubject): void {
  describe(`presence: ${subject.name}`, () => {
    let store: PresenceStore
    beforeEach(async () => {
      store = await subject.create()
    })

    it('[PRE1] tells of a person who comes and goes', async () => {
      const member = { ...asha, state: { page: 'sales' }, connections: 1, joinedAt: 1000 }
      expect(await store.join(mill, { connectionId: 'a1', ...asha, state: { page: 'sales' } }, 1000)).toEqual({
        kind: 'join',
        channel: mill,
        member,
      })
      expect(await store.members(mill)).toEqual([member])
      expect(await store.leave(mill, 'a1')).toEqual({ kind: 'leave', channel: mill, userId: 'asha' })
      expect(await store.members(mill)).toEqual([])
    })

    it('[PRE1] counts two tabs as one member with two connections', async () => {
      await store.join(mill, { connectionId: 'a1', ...asha, state: null }, 1000)
      const second = await store.join(mill, { connectionId: 'a2', ...asha, state: null }, 2000)
      const member = { ...asha, state: null, connections: 2, joinedAt: 1000 }
      expect(second).toEqual({ kind: 'update', channel: mill, member })
      expect(await store.members(mill)).toEqual([member])
    })

    it('[PRE1] tells of one tab that closes as an update, of the last one as a leave', async () => {
      await store.join(mill, { connectionId: 'a1', ...asha, state: null }, 1000)
      await store.join(mill, { connectionId: 'a2', ...asha, state: null }, 2000)
      expect(await store.leave(mill, 'a1')).toEqual({
        kind: 'update',
        channel: mill,
        member: { ...asha, state: null, connections: 1, joinedAt: 1000 },
      })
      expect(await store.leave(mill, 'a2')).toEqual({ kind: 'leave', channel: mill, userId: 'asha' })
    })

    it('[PRE1] shows the newest state of any tab, and the newest that is left when that tab closes', async () => {
      await store.join(mill, { connectionId: 'a1', ...asha, state: 'first' }, 1000)
      await store.join(mill, { connectionId: 'a2', ...asha, state: 'second' }, 1000)
      expect(await store.members(mill)).toMatchObject([{ state: 'second' }])
      expect(await store.update(mill, 'a1', 'third')).toMatchObject({ kind: 'update', member: { state: 'third', connections: 2 } })
      expect(await store.leave(mill, 'a1')).toMatchObject({ kind: 'update', member: { state: 'second', connections: 1 } })
    })

    it('[PRE1] says nothing of a repeated join, or of a state that is what everybody sees', async () => {
      await store.join(mill, { connectionId: 'a1', ...asha, state: { page: 'sales' } }, 1000)
      expect(await store.join(mill, { connectionId: 'a1', ...asha, state: { page: 'sales' } }, 2000)).toBeNull()
      expect(await store.update(mill, 'a1', { page: 'sales' })).toBeNull()
      expect(await store.members(mill)).toEqual([{ ...asha, state: { page: 'sales' }, connections: 1, joinedAt: 1000 }])
    })

    it('[PRE1] takes a repeated join with another state or name as an update', async () => {
      await store.join(mill, { connectionId: 'a1', ...asha, state: 1 }, 1000)
      expect(await store.join(mill, { connectionId: 'a1', userId: 'asha', name: 'Asha R.', state: 2 }, 2000)).toEqual({
        kind: 'update',
        channel: mill,
        member: { userId: 'asha', name: 'Asha R.', state: 2, connections: 1, joinedAt: 1000 },
      })
    })

    it('[PRE1] lists members in the order in which they came', async () => {
      await store.join(mill, { connectionId: 'a1', ...asha, state: null }, 1000)
      await store.join(mill, { connectionId: 'r1', userId: 'ravi', state: null }, 2000)
      await store.join(mill, { connectionId: 'a2', ...asha, state: null }, 3000)
      expect((await store.members(mill)).map((member) => member.userId)).toEqual(['asha', 'ravi'])
      expect((await store.members(mill))[1]).toEqual({ userId: 'ravi', state: null, connections: 1, joinedAt: 2000 })
    })

    it('[PRE1] keeps a connection to one user', async () => {
      await store.join(mill, { connectionId: 'c1', ...asha, state: null }, 1000)
      await expect(store.join(mill, { connectionId: 'c1', ...ravi, state: null }, 2000)).rejects.toMatchObject({ code: 'conflict' })
      expect((await store.members(mill)).map((member) => member.userId)).toEqual(['asha'])
    })

    it('[PRE1] ignores connections that are not in the channel', async () => {
      await store.join(mill, { connectionId: 'a1', ...asha, state: null }, 1000)
      expect(await store.update(mill, 'r1', 'x')).toBeNull()
      expect(await store.leave(mill, 'r1')).toBeNull()
      expect(await store.leave(key('mill:8'), 'a1')).toBeNull()
      await store.leave(mill, 'a1')
      expect(await store.leave(mill, 'a1')).toBeNull()
      expect(await store.update(mill, 'a1', 'x')).toBeNull()
    })

    it('[TEN1] keeps a channel of the same name in another tenant apart', async () => {
      await store.join(key('mill:7', 'acme'), { connectionId: 'a1', ...asha, state: null }, 1000)
      await store.join(key('mill:7', 'globex'), { connectionId: 'g1', ...ravi, state: null }, 1000)
      expect((await store.members(key('mill:7', 'acme'))).map((member) => member.userId)).toEqual(['asha'])
    })

    it('[PRE1] gives a follower of the changes exactly the members, whatever happens in which order', async () => {
      const connection = fc.constantFrom('asha-1', 'asha-2', 'ravi-1', 'ravi-2', 'meena-1')
      const step = fc.record({ kind: fc.constantFrom('join', 'update', 'leave'), connection, state: fc.integer({ min: 0, max: 2 }) })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const fresh = await subject.create()
          const known = new Map<string, PresenceMember>()
          const here = new Set<string>()
          for (const [now, { kind, connection, state }] of steps.entries()) {
            const userId = connection.split('-')[0] ?? ''
            if (kind === 'join') {
              follow(known, await fresh.join(mill, { connectionId: connection, userId, state }, now))
              here.add(connection)
            } else if (kind === 'update') follow(known, await fresh.update(mill, connection, state))
            else {
              follow(known, await fresh.leave(mill, connection))
              here.delete(connection)
            }
            const members = await fresh.members(mill)
            expect(new Map(members.map((member) => [member.userId, member]))).toEqual(known)
            expect(members.reduce((sum, member) => sum + member.connections, 0)).toBe(here.size)
          }
        }),
        { seed: 7, numRuns: 200 },
      )
    })
  })
}
