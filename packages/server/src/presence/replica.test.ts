import type { PresenceMember } from '@millrace/contract'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { type OwnEntry, Replica } from './replica.ts'
import { type ReplicaMessage, versionOf } from './replica-message.ts'
import { Told } from './told.ts'

let versions = 0
const open = (self: string): Replica => new Replica({ self, nextVersion: () => ++versions })
const asha = { userId: 'asha', name: 'Asha' }
const entry = (connectionId: string, state: unknown = null, person: Pick<OwnEntry, 'userId' | 'name'> = asha): OwnEntry => ({
  connectionId,
  ...person,
  state,
})
const ravi = { userId: 'ravi' }

describe('who is in a channel', () => {
  let replica: Replica
  beforeEach(() => {
    replica = open('n1')
  })
  const members = (): readonly PresenceMember[] => replica.roster.members()

  it('[PRE1] counts two tabs as one member with two connections, since the first of them came', () => {
    expect(replica.put(entry('a1'), 1_000)).toEqual(['asha'])
    expect(replica.put(entry('a2'), 2_000)).toEqual(['asha'])
    const member = { ...asha, state: null, connections: 2, joinedAt: 1_000 }
    expect(members()).toEqual([member])
    expect(replica.remove('a1')).toEqual(['asha'])
    expect(members()).toEqual([{ ...member, connections: 1 }])
    expect(replica.remove('a2')).toEqual(['asha'])
    expect(members()).toEqual([])
  })

  it('[PRE1] shows the newest state of any tab, and the newest that is left when that tab closes', () => {
    replica.put(entry('a1', 'first'), 1_000)
    replica.put(entry('a2', 'second'), 1_000)
    expect(members()).toMatchObject([{ state: 'second' }])
    replica.put(entry('a1', 'third'), 1_000)
    expect(members()).toMatchObject([{ state: 'third', connections: 2 }])
    replica.remove('a1')
    expect(members()).toMatchObject([{ state: 'second', connections: 1 }])
  })

  it('[PRE1] says nothing of a repeated join, and takes one with another state or name as a change', () => {
    replica.put(entry('a1', { page: 'sales' }), 1_000)
    expect(replica.put(entry('a1', { page: 'sales' }), 2_000)).toEqual([])
    expect(replica.put(entry('a1', 2, { userId: 'asha', name: 'Asha R.' }), 2_000)).toEqual(['asha'])
    expect(members()).toEqual([{ userId: 'asha', name: 'Asha R.', state: 2, connections: 1, joinedAt: 1_000 }])
  })

  it('[PRE1] lists members in the order in which they came', () => {
    replica.put(entry('r1', null, ravi), 1_000)
    replica.put(entry('a1'), 2_000)
    replica.put(entry('r2', null, ravi), 3_000)
    expect(members().map(({ userId }) => userId)).toEqual(['ravi', 'asha'])
    expect(members()[0]).toEqual({ userId: 'ravi', state: null, connections: 2, joinedAt: 1_000 })
  })

  it('[PRE1] keeps a connection to one user, and ignores those that are not in the channel', () => {
    replica.put(entry('c1'), 1_000)
    expect(() => replica.put(entry('c1', null, ravi), 2_000)).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(replica.remove('r1')).toEqual([])
    expect(members().map(({ userId }) => userId)).toEqual(['asha'])
  })

  it('[PRE1] [PRE5] gives a follower of the changes exactly the members, and nothing of who came and went in between', () => {
    const connection = fc.constantFrom('asha-1', 'asha-2', 'ravi-1', 'ravi-2', 'meena-1')
    const step = fc.record({ kind: fc.constantFrom('put', 'remove', 'tell'), connection, state: fc.nat(2) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const fresh = open('n1')
        const told = new Told()
        const known = new Map<string, PresenceMember>()
        for (const [now, { kind, connection: connectionId, state }] of [...steps, { kind: 'tell', connection: '', state: 0 }].entries()) {
          const userId = connectionId.split('-')[0] ?? ''
          if (kind === 'put') told.mark(fresh.put({ connectionId, userId, state }, now))
          else if (kind === 'remove') told.mark(fresh.remove(connectionId))
          else {
            const changes = told.take((id) => fresh.roster.member(id))
            for (const member of changes?.members ?? []) {
              expect(known.get(member.userId)).not.toEqual(member)
              known.set(member.userId, member)
            }
            for (const id of changes?.left ?? []) expect(known.delete(id)).toBe(true)
            expect(known).toEqual(new Map(fresh.roster.members().map((member) => [member.userId, member])))
          }
        }
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})

describe('several nodes', () => {
  interface Travelling {
    readonly from: string
    readonly to: string
    readonly message: ReplicaMessage
  }

  /** Nodes, and what is on its way between them. */
  class Cluster {
    readonly nodes = new Map<string, Replica>()
    readonly #thoughtDead = new Set<string>()
    travelling: Travelling[] = []
    now = 0

    replica(node: string): Replica {
      const known = this.nodes.get(node) ?? open(node)
      this.nodes.set(node, known)
      return known
    }

    say(from: string, messages: readonly ReplicaMessage[]): void {
      for (const message of messages) for (const to of this.nodes.keys()) if (to !== from) this.travelling.push({ from, to, message })
    }

    /** One of those on their way arrives; the index decides on the order. */
    arrive(index: number): void {
      const [next] = this.travelling.splice(index % Math.max(1, this.travelling.length), 1)
      if (next === undefined || this.#thoughtDead.has(next.from)) return
      // As on the wire.
      const json = JSON.stringify(next.message)
      const message = JSON.parse(json) as ReplicaMessage
      const replica = this.nodes.get(next.to)
      const version = versionOf(json)
      if (version !== null && replica?.knows(next.from, version, this.now)) return
      this.say(next.to, replica?.receive(next.from, message, this.now).asks ?? [])
      this.say(next.to, replica?.takeAnswers(this.now) ?? [])
    }

    /** The others take it for dead; it may not be. */
    forget(node: string): void {
      this.#thoughtDead.add(node)
      for (const [other, replica] of this.nodes) if (other !== node) replica.drop(node)
    }

    returns(node: string): void {
      this.#thoughtDead.delete(node)
    }

    settle(): void {
      while (this.travelling.length > 0) {
        while (this.travelling.length > 0) this.arrive(0)
        // What is owed is said when it is due.
        this.now += 1_000
        for (const [node, replica] of this.nodes) this.say(node, replica.takeAnswers(this.now))
      }
    }

    /** One comparison of all with all, with nothing lost. */
    rollCall(): void {
      this.now += 10_000
      for (const [node, replica] of this.nodes) this.say(node, [...replica.takeDeltas(this.now), replica.roll()])
      this.settle()
    }
  }

  it('[PRE1] tell each other of their connections: one person on two nodes is one member', () => {
    const cluster = new Cluster()
    const [here, there] = [cluster.replica('n1'), cluster.replica('n2')]
    here.put(entry('a1', 'stock'), 1_000)
    cluster.say('n1', here.takeDeltas(0))
    cluster.settle()
    there.put(entry('a2', 'sales'), 500)
    cluster.say('n2', there.takeDeltas(0))
    cluster.settle()
    const member = { ...asha, state: 'sales', connections: 2, joinedAt: 1_000 }
    expect([here, there].map(({ roster }) => roster.members())).toEqual([[member], [member]])
    expect(there.drop('n1')).toEqual(['asha'])
    expect(there.roster.members()).toMatchObject([{ connections: 1 }])
  })

  it('[PRE2] forget what a node has that nothing has confirmed for the lease', () => {
    const cluster = new Cluster()
    const [here, there] = [cluster.replica('n1'), cluster.replica('n2')]
    here.put(entry('a1'), 0)
    cluster.say('n1', here.takeDeltas(0))
    cluster.settle()
    expect(there.expire(44_999)).toEqual([])
    expect(there.expire(45_000)).toEqual(['asha'])
    expect([there.roster.count, there.shared]).toEqual([0, false])
  })

  it('[PRE2] learn that a channel was given up and held again, though the word of it was lost', () => {
    const cluster = new Cluster()
    const [here, there] = [cluster.replica('n1'), cluster.replica('n2')]
    here.put(entry('a1'), 0)
    cluster.say('n1', here.takeDeltas(0))
    cluster.settle()
    // Its last words are lost.
    cluster.nodes.set('n1', open('n1'))
    cluster.rollCall()
    expect(there.roster.members()).toEqual([])
  })

  it('[PRE1] take a state of many parts when all have come, in any order', () => {
    const cluster = new Cluster()
    const [here, there] = [cluster.replica('n1'), cluster.replica('n2')]
    for (let n = 0; n < 600; n++) here.put(entry(`c${n}`, null, { userId: `u${n}` }), n)
    const deltas = here.takeDeltas(0)
    const third = cluster.replica('n3')
    for (const delta of deltas) third.receive('n1', delta, 0)
    expect([deltas.length, third.roster.count]).toEqual([3, 600])
    const parts = here.state()
    expect(parts).toHaveLength(3)
    const counts = [...parts].reverse().map((part) => {
      there.receive('n1', part, 0)
      return there.roster.count
    })
    expect(counts).toEqual([0, 0, 600])
    expect(there.receive('n1', here.roll(), 0).asks).toEqual([])
  })

  it('[PRE1] [PRE2] see the same members when quiet, whatever was lost, doubled, reordered, and thought dead', () => {
    const node = fc.constantFrom('n1', 'n2', 'n3')
    const connection = fc.constantFrom('asha-1', 'asha-2', 'ravi-1', 'meena-1')
    const step = fc.record({
      kind: fc.constantFrom(
        'put',
        'put',
        'put',
        'remove',
        'tell',
        'tell',
        'arrive',
        'arrive',
        'arrive',
        'lose',
        'double',
        'roll',
        'dies',
        'frozen',
        'back',
        'anew',
      ),
      node,
      connection,
      index: fc.nat(20),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const cluster = new Cluster()
        for (const id of ['n1', 'n2', 'n3']) cluster.replica(id)
        let restarts = 0
        for (const { kind, node: id, connection: connectionId, index } of steps) {
          cluster.now += 100
          const replica = cluster.replica(id)
          const { travelling } = cluster
          const at = index % Math.max(1, travelling.length)
          if (kind === 'put')
            replica.put({ connectionId: `${id}-${connectionId}`, userId: connectionId.split('-')[0] ?? '', state: index }, cluster.now)
          else if (kind === 'remove') replica.remove(`${id}-${connectionId}`)
          else if (kind === 'tell') cluster.say(id, replica.takeDeltas(cluster.now))
          else if (kind === 'arrive') cluster.arrive(index)
          else if (kind === 'lose') travelling.splice(at, 1)
          else if (kind === 'double') travelling.push(...travelling.slice(at, at + 1))
          else if (kind === 'roll') cluster.say(id, [replica.roll()])
          else if (kind === 'frozen') cluster.forget(id)
          else if (kind === 'back') cluster.returns(id)
          else if (kind === 'anew') cluster.nodes.set(id, open(id))
          else {
            cluster.nodes.delete(id)
            cluster.forget(id)
            cluster.replica(`${id}.${++restarts}`)
          }
        }
        for (const id of cluster.nodes.keys()) cluster.returns(id)
        cluster.settle()
        cluster.rollCall()
        const owned = [...cluster.nodes.values()].reduce((sum, { own }) => sum + own.size, 0)
        const views = [...cluster.nodes.values()].map(({ roster }) => roster.members())
        for (const view of views) {
          expect(view).toEqual(views[0])
          expect(view.reduce((sum, { connections }) => sum + connections, 0)).toBe(owned)
        }
      }),
      { seed: 5, numRuns: 2_000 },
    )
  })
})
