import { channel, defineContract, event, request } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { wireEvents } from '@millrace/contract/wire'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { memoryStore } from './memory-store.ts'
import type { ServerOptions } from './options.ts'
import type { Store } from './store.ts'
import { startTestServer, type TestServer } from './testing/index.ts'
import { type LossyBroker, lossyBus } from './testing/lossy-bus.ts'

const contract = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(z.object({ id: z.string() })),
        'dashboard:stats': event(z.object({ total: z.number() }), { delivery: 'retained' }),
      },
    }),
  },
  requests: { ask: request(z.null(), z.null()), mix: request(z.number(), z.null()) },
  direct: { note: event(z.object({ text: z.string() })) },
})
const mill = contract.channels.mill({ millId: 1 })

type Server = TestServer<typeof contract>
interface Node {
  readonly server: Server
  readonly broker: LossyBroker
}

let clock: ManualClock
let store: Store
let bus: ReturnType<typeof lossyBus>
const open: (() => unknown)[] = []
beforeEach(() => {
  clock = manualClock()
  store = memoryStore({ clock })
  bus = lossyBus()
})
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function node(more: Partial<Pick<ServerOptions<typeof contract>, 'policy' | 'assign' | 'loadUser'>> = {}): Promise<Node> {
  const broker = bus.broker()
  const server = await startTestServer({
    ...{ contract, store, broker, clock },
    policy: { mill: () => true },
    handlers: {
      ask: () => null,
      async mix(n, { publish, connection }) {
        await publish(mill, 'purchase:created', { id: `p${n}` })
        await publish(mill, 'dashboard:stats', { total: n })
        connection.send('note', { text: `n${n}` })
        return null
      },
    },
    assign: () => [mill],
    namespaces: { '/admin': {} },
    ...more,
  })
  open.push(() => server.close())
  return { server, broker }
}

interface Client {
  readonly socket: Socket
  readonly seen: (readonly unknown[])[]
  /** Resolves with the first event of this name. */
  got(name: string): Promise<unknown>
  readonly gone: Promise<string>
}

async function connect({ server }: Node, userId: string, { sdk = false, namespace = '', sid = '' } = {}): Promise<Client> {
  const token = await server.mint({ userId, claims: { ...(sid !== '' && { sid }) } })
  const auth = { token, ...(sdk && { millrace: { version: 1, session: `s-${userId}` } }) }
  const socket = io(`${server.url}${namespace}`, { auth, transports: ['websocket'], reconnection: false, forceNew: true })
  open.push(() => socket.disconnect())
  const seen: unknown[][] = []
  const waiting: { readonly name: string; readonly resolve: (data: unknown) => void }[] = []
  socket.onAny((...args: unknown[]) => {
    seen.push(args)
    for (const { name, resolve } of waiting) if (args[0] === name) resolve(args[1])
  })
  const got = (name: string): Promise<unknown> => {
    const before = seen.find(([event]) => event === name)
    return before !== undefined ? Promise.resolve(before[1]) : new Promise((resolve) => waiting.push({ name, resolve }))
  }
  const gone = new Promise<string>((resolve) => socket.on('disconnect', (reason) => resolve(reason)))
  await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject))
  if (sdk) await got(wireEvents.welcome)
  // Assigned subscriptions are in place: a request waits for them.
  else await socket.emitWithAck('ask', null)
  return { socket, seen, got, gone }
}

describe('several nodes', () => {
  it('[DLV1] deliver what one publishes to the clients of all', async () => {
    const [here, there] = [await node(), await node()]
    const [asha, ravi] = [await connect(here, 'asha'), await connect(there, 'ravi')]
    await here.server.rt.publish(mill, 'purchase:created', { id: 'p1' })
    expect(await asha.got('purchase:created')).toEqual({ id: 'p1' })
    expect(await ravi.got('purchase:created')).toEqual({ id: 'p1' })
  })

  it('[DLV1] find in the log what the broker has lost, within a second', async () => {
    const [here, there] = [await node(), await node()]
    const ravi = await connect(there, 'ravi')
    there.broker.loses = () => true
    await here.server.rt.publish(mill, 'purchase:created', { id: 'p1' })
    await here.server.rt.publish(mill, 'dashboard:stats', { total: 7 })
    await clock.advance(1_000)
    expect(await ravi.got('purchase:created')).toEqual({ id: 'p1' })
    expect(await ravi.got('dashboard:stats')).toEqual({ total: 7 })
    expect(await there.server.rt.metrics()).toContain('millrace_repaired_channels_total 1')
  })

  it('[DLV3] [HLT2] acknowledge what is stored while the broker is down, and deliver it to their own clients at once', async () => {
    const here = await node()
    const asha = await connect(here, 'asha')
    here.broker.down = true
    const { position } = await here.server.rt.publish(mill, 'purchase:created', { id: 'p1' })
    expect(position).toMatchObject({ offset: 1 })
    expect(await asha.got('purchase:created')).toEqual({ id: 'p1' })
    await here.server.rt.publish(mill, 'dashboard:stats', { total: 7 })
    expect(await asha.got('dashboard:stats')).toEqual({ total: 7 })
  })

  it('[DLV4] keep the order of what is broadcast and what is sent to one connection, however slow the broker is', async () => {
    const [here, there] = [await node(), await node()]
    const [asha, ravi] = [await connect(here, 'asha'), await connect(there, 'ravi')]
    for (const { broker } of [here, there]) broker.late = true
    for (let n = 0; n < 20; n++) await asha.socket.emitWithAck('mix', n)
    const expected = Array.from({ length: 20 }, (_, n) => [{ id: `p${n}` }, { total: n }, { text: `n${n}` }]).flat()
    expect(asha.seen.map(([, data]) => data)).toEqual(expected)
    for (const { broker } of [here, there]) broker.late = false
    await ravi.got('purchase:created')
    await ravi.socket.emitWithAck('ask', null)
    expect(ravi.seen.map(([, data]) => data)).toEqual(expected.filter((data) => !('text' in data)))
    expect(asha.seen).toHaveLength(expected.length)
  })

  it('[AUTH5] end every connection of a user who is revoked, on whichever node, even where the message was lost', async () => {
    const [here, there] = [await node(), await node()]
    const [mine, other, bystander] = [
      await connect(here, 'asha'),
      await connect(there, 'asha', { sdk: true }),
      await connect(there, 'ravi'),
    ]
    there.broker.loses = () => true
    await here.server.rt.revoke('asha')
    await mine.gone
    expect(other.socket.connected).toBe(true)
    await clock.advance(1_000)
    await other.gone
    expect(other.seen.at(-1)).toMatchObject([wireEvents.disconnect, { code: 'revoked' }])
    expect(bystander.socket.connected).toBe(true)
  })

  it('[AUTH5] end a connection that was being let in while its user was revoked', async () => {
    const answers: ((user: { readonly active: boolean }) => void)[] = []
    const loadUser = () => new Promise<{ readonly active: boolean }>((resolve) => answers.push(resolve))
    const [here, there] = [await node(), await node({ loadUser })]
    const connecting = connect(there, 'asha')
    await expect.poll(() => answers.length).toBe(1)
    await here.server.rt.revoke('asha')
    // The look that began before says yes, as it was; the one after says how it is.
    answers[0]?.({ active: true })
    const asha = await connecting
    await expect.poll(() => answers.length).toBe(2)
    answers[1]?.({ active: false })
    await asha.gone
    await clock.advance(60_000)
    const later = connect(there, 'asha')
    await expect.poll(() => answers.length).toBe(3)
    answers[2]?.({ active: true })
    expect((await later).socket.connected).toBe(true)
    expect(answers).toHaveLength(3)
  })

  it('[AUTH5] look a user up again on every node, and take back the rights that are gone', async () => {
    let admitted = true
    const policy = { mill: () => admitted }
    const [here, there] = [await node({ policy, assign: () => [] }), await node({ policy, assign: () => [] })]
    const asha = await connect(there, 'asha', { sdk: true })
    expect(await asha.socket.emitWithAck(wireEvents.subscribe, { channel: mill.name })).toMatchObject({ ok: true })
    admitted = false
    await here.server.rt.reauthorize('asha')
    expect(await asha.got(wireEvents.unsubscribed)).toMatchObject({ channel: mill.name })
  })

  it('send a direct event to every connection of a user, and to nobody else', async () => {
    const [here, there] = [await node(), await node()]
    const own = [await connect(here, 'asha'), await connect(there, 'asha'), await connect(there, 'asha', { sdk: true })]
    const ravi = await connect(there, 'ravi')
    await here.server.rt.send('asha', 'note', { text: 'hello' })
    for (const client of own) expect(await client.got('note')).toEqual({ text: 'hello' })
    await here.server.rt.send('ravi', 'note', { text: 'for ravi' })
    expect(await ravi.got('note')).toEqual({ text: 'for ravi' })
    await expect(here.server.rt.send('asha', 'note', { text: 7 as unknown as string })).rejects.toMatchObject({ code: 'invalid_payload' })
    here.broker.down = true
    await expect(here.server.rt.send('asha', 'note', { text: 'lost' })).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('send a direct event to the connections of one namespace', async () => {
    const [here, there] = [await node(), await node()]
    const [root, admin] = [await connect(there, 'asha'), await connect(there, 'asha', { namespace: '/admin' })]
    await here.server.rt.send('asha', 'note', { text: 'for admins' }, { namespace: '/admin' })
    await here.server.rt.send('asha', 'note', { text: 'for all' })
    expect(await admin.got('note')).toEqual({ text: 'for admins' })
    expect(await root.got('note')).toEqual({ text: 'for all' })
  })

  it('[INB2] [INB3] have devices compare their inbox when the broker is back: with what their node missed, and what another could not send', async () => {
    const [here, there] = [await node(), await node()]
    const asha = await connect(there, 'asha', { sdk: true })
    const notice = { type: 'info', title: 't', message: 'm' }
    there.broker.down = true
    await here.server.rt.notify({ user: 'asha' }, notice)
    there.broker.down = false
    expect(await asha.got(wireEvents.inbox)).toEqual({ kind: 'check', revision: 1 })
    asha.seen.splice(0)
    here.broker.down = true
    await here.server.rt.notify({ user: 'asha' }, notice)
    here.broker.down = false
    expect(await asha.got(wireEvents.inbox)).toEqual({ kind: 'check', revision: 2 })
  })

  it('[INB2] have devices compare their inbox where the broker has lost a change in silence', async () => {
    const [here, there] = [await node(), await node()]
    const asha = await connect(there, 'asha', { sdk: true })
    there.broker.loses = () => true
    await here.server.rt.notify({ user: 'asha' }, { type: 'info', title: 't', message: 'm' })
    await clock.advance(5_000)
    expect(await asha.got(wireEvents.inbox)).toEqual({ kind: 'check', revision: 1 })
    asha.seen.splice(0)
    await clock.advance(20_000)
    await asha.socket.emitWithAck('ask', null)
    expect(asha.seen).toEqual([])
  })
})
