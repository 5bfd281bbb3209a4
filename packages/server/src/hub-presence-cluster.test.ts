import { channel, defineContract, event } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { type PresenceMessage, wireEvents } from '@millrace/contract/wire'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { memoryStore } from './memory-store.ts'
import type { Store } from './store.ts'
import { startTestServer, type TestServer } from './testing/index.ts'
import { type LossyBroker, lossyBus } from './testing/lossy-bus.ts'

const contract = defineContract({
  channels: {
    mill: channel('mill:{millId}', { events: { tick: event(z.number()) }, presence: z.object({ screen: z.string() }) }),
  },
})
const mill = contract.channels.mill({ millId: 1 })

interface Node {
  readonly server: TestServer<typeof contract>
  readonly broker: LossyBroker
}

let clock: ManualClock
let store: Store
let bus: ReturnType<typeof lossyBus>
let told: string[]
const open: (() => unknown)[] = []
beforeEach(() => {
  clock = manualClock()
  store = memoryStore({ clock })
  bus = lossyBus()
  told = []
})
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function node(): Promise<Node> {
  const broker = bus.broker()
  const server = await startTestServer({
    ...{ contract, store, broker, clock },
    policy: { mill: () => true },
    onUserOnline: ({ userId }) => told.push(`${userId} online`),
    onUserOffline: ({ userId }) => told.push(`${userId} offline`),
  })
  open.push(() => server.close())
  return { server, broker }
}

/** A client of the SDK's kind, in the channel and looking at it. */
async function join({ server }: Node, userId: string, screen: string) {
  const auth = { token: await server.mint({ userId }), millrace: { version: 1, session: `s-${userId}` } }
  const socket: Socket = io(server.url, { auth, transports: ['websocket'], reconnection: false, forceNew: true })
  open.push(() => socket.disconnect())
  const members = new Map<string, string>()
  socket.on(wireEvents.presence, (message: PresenceMessage) => {
    if (message.kind === 'sync') members.clear()
    if (message.kind === 'sync' || message.kind === 'changes')
      // Holds: as the contract has it.
      for (const member of message.members)
        members.set(member.userId, `${(member.state as { screen: string }).screen} ${member.connections}`)
    if (message.kind === 'changes') for (const left of message.left) members.delete(left)
  })
  await new Promise<void>((resolve, reject) => socket.on(wireEvents.welcome, () => resolve()).on('connect_error', reject))
  await socket.emitWithAck(wireEvents.subscribe, { channel: mill.name, presence: { state: { screen } } })
  return { socket, who: () => Object.fromEntries([...members].toSorted()) }
}

/** Sockets take their real time, everything else that of the clock. */
async function until(what: string, done: () => boolean | Promise<boolean>, maxMs = 30_000): Promise<void> {
  for (let passed = 0; !(await done()); passed += 50) {
    if (passed > maxMs) throw new Error(`${what}: not within ${maxMs} ms`)
    await clock.advance(50)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const online = ({ server }: Node) => server.rt.presence.online().map(({ userId, connections }) => `${userId} ${connections}`)

async function members(of: Node): Promise<string> {
  const asked = of.server.rt.presence.members(mill)
  await clock.advance(200)
  return (await asked).map(({ userId, connections }) => `${userId} ${connections}`).join()
}

describe('presence on several nodes', () => {
  it('[PRE1] [PRE3] is one: people with connections on two nodes are one member, online once', async () => {
    const [here, there] = [await node(), await node()]
    const first = await join(here, 'asha', 'stock')
    const ravi = await join(there, 'ravi', 'sales')
    await until('both', () => Object.keys(first.who()).length === 2)
    const second = await join(there, 'asha', 'sales')
    const all = { asha: 'sales 2', ravi: 'sales 1' }
    for (const { who } of [first, ravi, second]) await until('the second tab', () => JSON.stringify(who()) === JSON.stringify(all))
    expect([await members(here), await members(there)]).toEqual(['asha 2,ravi 1', 'asha 2,ravi 1'])
    expect(online(here)).toEqual(online(there))
    second.socket.disconnect()
    await until('one tab less', () => first.who().asha === 'stock 1')
    await until('both told', () => told.length === 2)
    expect(told.toSorted()).toEqual(['asha online', 'ravi online'])
  })

  it('[PRE2] [PRE3] loses those of a node that dies within 15 s, and says after the grace that they left', async () => {
    const [here, there] = [await node(), await node()]
    const onlooker = await join(here, 'asha', 'stock')
    await join(there, 'ravi', 'sales')
    await until('both', () => 'ravi' in onlooker.who())
    await until('both told', () => told.length === 2)
    const before = clock.now()
    there.broker.loses = () => true
    there.broker.publish = () => Promise.resolve()
    await until('he is gone', () => !('ravi' in onlooker.who()))
    expect(clock.now() - before).toBeLessThan(15_000)
    await until('told', () => told.includes('ravi offline'))
    expect(online(here)).toEqual(['asha 1'])
  })

  it('[PRE2] keeps no ghost of a node that is closed', async () => {
    const [here, there] = [await node(), await node()]
    const onlooker = await join(here, 'asha', 'stock')
    await join(there, 'ravi', 'sales')
    await until('both', () => 'ravi' in onlooker.who())
    await there.server.close()
    await until('he is gone', () => !('ravi' in onlooker.who()), 500)
    expect(await members(here)).toBe('asha 1')
  })
})
