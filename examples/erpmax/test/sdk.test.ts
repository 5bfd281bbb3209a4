import { createClient, type MillraceClient } from '@millrace/client'
import type { ChannelRef } from '@millrace/contract'
import { eventually, recorder, within } from '@millrace-tests/support'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { contract, type ErpmaxContract } from '../src/contract.ts'
import type { Person } from './support/api.ts'
import { openOrchestrator, type TestOrchestrator } from './support/orchestrator.ts'
import { openServices, type Services } from './support/services.ts'
import { storage } from './support/storage.ts'

type Client = MillraceClient<ErpmaxContract>

describe('two nodes through the SDK', () => {
  let services: Services
  let nodes: readonly [TestOrchestrator, TestOrchestrator]
  let lena: Person
  let omar: Person
  let noor: Person
  const open: Client[] = []

  beforeAll(async () => {
    services = await openServices()
    nodes = [await openOrchestrator(services.env), await openOrchestrator(services.env)]
    lena = await nodes[0].as('lena@acme.test')
    omar = await nodes[1].as('omar@acme.test')
    noor = await nodes[1].as('noor@borealis.test')
  }, 60_000)
  afterEach(() => {
    for (const client of open.splice(0)) client.close()
  })
  afterAll(async () => {
    for (const node of nodes) await node[Symbol.asyncDispose]()
    await services[Symbol.asyncDispose]()
  })

  function clientOf({ token }: Person, at: TestOrchestrator, positions = storage()): Client {
    const client = createClient({ contract, url: at.url, path: '/ws/socket.io', token: () => token, positions, onError() {} })
    open.push(client)
    return client
  }
  const acme = { tenantId: 'tenant-acme' }
  const { billingTenant, tenant, notificationsUser } = contract.channels

  function payments(client: Client) {
    const heard = recorder<number>()
    const channel = client.channel(billingTenant(acme))
    channel.on('payment:received', ({ amount }) => heard.push(amount))
    return { heard, live: () => eventually('live', () => channel.status.getSnapshot().state === 'live') }
  }

  it('[DLV1] [REC1] recovers on the other node what was missed, in order and once, and goes on live', async () => {
    const positions = storage()
    const before = clientOf(lena, nodes[0], positions)
    const first = payments(before)
    await first.live()
    const emit = (amount: number, at: TestOrchestrator) => at.node.app.emit.emitPaymentReceived('tenant-acme', amount, 'USD')
    await emit(1, nodes[1])
    await within(5_000, 'the first', first.heard.count(1))
    before.close()
    for (const amount of [2, 3, 4]) await emit(amount, nodes[amount % 2 === 0 ? 0 : 1])

    const after = payments(clientOf(lena, nodes[1], positions))
    await after.live()
    await emit(5, nodes[0])
    expect(await within(5_000, 'the rest', after.heard.count(4))).toEqual([2, 3, 4, 5])
    expect(first.heard.all).toEqual([1])
  })

  it('[PRE1] [PRE4] shows who is here and who types, across the nodes, and hears a chat once', async () => {
    const [ofLena, ofOmar] = [clientOf(lena, nodes[0]), clientOf(omar, nodes[1])]
    const channel = tenant(acme)
    const [presence, typing] = [ofOmar.presence(channel), ofOmar.typing(channel)]
    const said = recorder<string>()
    ofOmar.channel(channel).on('chat:message', ({ text, from }) => said.push(`${from.name}: ${text}`))
    const stop = [presence.subscribe(() => {}), typing.subscribe(() => {})]
    ofLena.presence(channel).join({ view: 'home' })
    await eventually('Lena is here', () => presence.getSnapshot().members.some(({ userId }) => userId === 'user-lena'))
    ofLena.typing(channel).start()
    await eventually('Lena types', () => typing.getSnapshot().typists.some(({ id }) => id === 'user-lena'))
    const line = { id: 'line-1', text: 'Good morning' }
    for (let times = 0; times < 2; times++) expect(await ofLena.request('chat:send', line)).toMatchObject(line)
    await within(5_000, 'said', said.count(1))
    await eventually('Lena has stopped typing', () => typing.getSnapshot().typists.length === 0)
    await ofLena.request('chat:send', { id: 'line-2', text: 'Bye' })
    expect(await within(5_000, 'said', said.count(2))).toEqual(['Lena Fischer: Good morning', 'Lena Fischer: Bye'])
    for (const each of stop) each()
  })

  it('[INB2] [INB3] counts and marks notifications alike on devices of both nodes', async () => {
    const devices = nodes.map((node) => clientOf(omar, node).inbox)
    const stop = devices.map((inbox) => inbox.subscribe(() => {}))
    const unread = () => devices.map((inbox) => inbox.getSnapshot().unread)
    await eventually('both are there', () => devices.every((inbox) => inbox.getSnapshot().status === 'ready'))
    const [before = 0] = unread()
    await lena.data(lena.post('/notifications', { title: 'Read me', message: 'Now' }))
    await eventually('both count it', () => unread().every((count) => count === before + 1), { describe: unread })
    await devices[0]?.markRead('all')
    await eventually('both have read it', () => unread().every((count) => count === 0), { describe: unread })
    for (const each of stop) each()
  })

  it('[TEN1] [CHN2] refuses the rooms of another tenant and of another person, whatever a client names', async () => {
    const client = clientOf(noor, nodes[0])
    const refused: readonly ChannelRef[] = [tenant(acme), billingTenant(acme), notificationsUser({ userId: 'user-lena' })]
    for (const ref of refused) {
      const channel = client.channel(ref)
      const leave = channel.subscribe()
      await eventually(`${ref.name} is refused`, () => channel.status.getSnapshot().state === 'refused')
      leave()
    }
  })
})
