import { within } from '@millrace-tests/support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Subscription } from '../src/contract.ts'
import type { Person } from './support/api.ts'
import { openOrchestrator, type TestOrchestrator } from './support/orchestrator.ts'
import { connect, mounts, openClient, type StockClient } from './support/stock-client.ts'

const namespaces = ['', '/notifications', '/provisioning', '/billing'] as const
type Ears = Record<(typeof namespaces)[number], StockClient>

const subscription: Subscription = {
  ...{ id: 's-1', tenant_id: 'tenant-acme', plan: 'growth', status: 'active', amount: 99, currency: 'USD', seats: 25 },
  current_period_end: '2027-01-01T00:00:00.000Z',
}

describe.each(Object.entries(mounts))('a stock client as the reference writes it, by %s', (_, mount) => {
  let erpmax: TestOrchestrator
  let lena: Person
  let omar: Person
  let noor: Person
  let rounds = 0
  const open: StockClient[] = []

  beforeAll(async () => {
    erpmax = await openOrchestrator()
    ;[lena, omar, noor] = (await Promise.all(
      ['lena@acme.test', 'omar@acme.test', 'noor@borealis.test'].map((email) => erpmax.as(email)),
    )) as [Person, Person, Person]
  })
  afterAll(async () => {
    for (const client of open) client.socket.disconnect()
    await erpmax[Symbol.asyncDispose]()
  })

  async function listen({ token }: Person): Promise<Ears> {
    const clients = await Promise.all(namespaces.map((namespace) => connect(erpmax.url, token, { namespace, mount })))
    open.push(...clients)
    // Holds: one client for each name, in their order.
    return Object.fromEntries(namespaces.map((namespace, index) => [namespace, clients[index]])) as Ears
  }
  /** All that somebody has heard of an event so far, by namespace. */
  const heardOf = (ears: Ears, event: string) =>
    namespaces.flatMap((namespace) => ears[namespace].heard.filter((item) => item.event === event).map(({ args }) => [namespace, ...args]))
  /** What was published before has arrived everywhere when this has. */
  async function settled(...everybody: Ears[]): Promise<void> {
    const { emit } = erpmax.node.app
    rounds += 1
    const message = `settled ${rounds}`
    for (const tenant of ['tenant-acme', 'tenant-borealis']) {
      await emit.emitToTenant(tenant, 'status:update', { tenant_id: tenant, status: 'queued', progress: 0, message })
      await emit.emitToTenant(tenant, 'notification:new', { ...notice, message }, '/notifications')
      await emit.emitProvisioningStatus(tenant, 'queued', 0, message)
      await emit.emitSubscriptionUpdated(tenant, { ...subscription, id: message })
    }
    const is = (payload: { message?: string; subscription?: { id: string } }) => (payload.message ?? payload.subscription?.id) === message
    const last = {
      '': 'status:update',
      '/notifications': 'notification:new',
      '/provisioning': 'status:update',
      '/billing': 'subscription:updated',
    }
    const waiting = everybody.flatMap((ears) => namespaces.map((namespace) => ears[namespace].next(last[namespace], is)))
    await within(5_000, 'all has arrived', Promise.all(waiting))
  }
  const notice = { id: 'n-0', title: 'Title', message: 'Message', type: 'info', created_at: '2026-01-01T00:00:00.000Z' } as const

  it('[CHN3] [DLV2] says `connected` with the names of the token, in each namespace', async () => {
    const ears = await listen(lena)
    for (const namespace of namespaces)
      expect(ears[namespace].heard[0]).toEqual({
        event: 'connected',
        args: [{ message: expect.any(String), user_id: 'user-lena', tenant_id: 'tenant-acme' }],
      })
  })

  it('[DLV2] answers `ping` with `pong`, which has no argument', async () => {
    const ears = await listen(lena)
    ears[''].socket.emit('ping')
    expect(await ears[''].next('pong')).toEqual([])
  })

  it('[DLV2] gives each event of the emitters to its room in its namespace, with the documented payload and nothing else', async () => {
    const [ofLena, ofOmar, ofNoor] = await Promise.all([listen(lena), listen(omar), listen(noor)])
    const { emit } = erpmax.node.app
    await emit.emitProvisioningStatus('tenant-acme', 'provisioning', 40, 'Installing')
    await emit.emitProvisioningCompleted('tenant-acme', 'https://acme.erpmax.test')
    await emit.emitProvisioningFailed('tenant-acme', 'No capacity')
    await emit.emitSubscriptionUpdated('tenant-acme', subscription)
    await emit.emitSubscriptionExpiring('tenant-acme', 3)
    await emit.emitPaymentReceived('tenant-acme', 99, 'USD')
    const to = { tenant_id: 'tenant-acme', user_id: 'user-lena' }
    await emit.emitNotification(to, `n-${mount.path}`, 'Hello', 'How are you?', 'info')
    await settled(ofLena, ofOmar, ofNoor)

    const ofTenant = {
      'status:completed': { tenant_id: 'tenant-acme', erpnext_url: 'https://acme.erpmax.test' },
      'status:failed': { tenant_id: 'tenant-acme', error: 'No capacity' },
      'subscription:expiring': { days_left: 3 },
      'payment:received': { amount: 99, currency: 'USD' },
    }
    for (const [event, payload] of Object.entries(ofTenant)) {
      // The mobile app of the reference hears provisioning in the main namespace.
      const where = event.startsWith('status:') ? ['', '/provisioning'] : ['/billing']
      for (const ears of [ofLena, ofOmar]) expect(heardOf(ears, event)).toEqual(where.map((namespace) => [namespace, payload]))
      expect(heardOf(ofNoor, event)).toEqual([])
    }
    const update = { tenant_id: 'tenant-acme', status: 'provisioning', progress: 40, message: 'Installing' }
    for (const ears of [ofLena, ofOmar]) {
      expect(heardOf(ears, 'status:update').slice(0, 1)).toEqual([['', update]])
      expect(heardOf(ears, 'status:update')).toContainEqual(['/provisioning', update])
      expect(heardOf(ears, 'subscription:updated')[0]).toEqual(['/billing', { subscription }])
    }
    const note = { id: `n-${mount.path}`, title: 'Hello', message: 'How are you?', type: 'info', created_at: expect.any(String) }
    expect(heardOf(ofLena, 'notification:new')[0]).toEqual(['/notifications', note])
    for (const ears of [ofOmar, ofNoor]) expect(JSON.stringify(heardOf(ears, 'notification:new'))).not.toContain('How are you?')
  })

  it('[DLV2] [TEN1] emits any event to one person or one tenant, in the namespace that is named, `/` by default', async () => {
    const [ofLena, ofOmar, ofNoor] = await Promise.all([listen(lena), listen(omar), listen(noor)])
    const { emit } = erpmax.node.app
    const payment = { amount: 1, currency: 'EUR' }
    await emit.emitToUser({ tenant_id: 'tenant-acme', user_id: 'user-omar' }, 'payment:received', payment)
    await emit.emitToTenant('tenant-borealis', 'payment:received', payment, '/billing')
    await settled(ofLena, ofOmar, ofNoor)
    expect(heardOf(ofLena, 'payment:received')).toEqual([])
    expect(heardOf(ofOmar, 'payment:received')).toEqual([['', payment]])
    expect(heardOf(ofNoor, 'payment:received')).toEqual([['/billing', payment]])
  })

  it('[INB1] [INB3] stores a notification, confirms that it was read, and knows it was', async () => {
    const ears = await listen(noor)
    const id = `read-${mount.path}`
    const to = { tenant_id: 'tenant-borealis', user_id: 'user-noor' }
    await erpmax.node.app.emit.emitNotification(to, id, 'Read me', 'Now', 'warning')
    await erpmax.node.app.emit.emitNotification(to, id, 'Read me', 'Now', 'warning')
    await ears['/notifications'].next('notification:new', (payload: { id: string }) => payload.id === id)
    const unread = () => noor.data(noor.get<{ notifications: { id: string }[] }>('/notifications?unread=true'))
    expect((await unread()).notifications.filter((each) => each.id === id)).toHaveLength(1)
    ears['/notifications'].socket.emit('notification_read', { notification_id: id })
    expect(await ears['/notifications'].next('notification_read_confirmed')).toEqual([{ notification_id: id }])
    expect((await unread()).notifications.filter((each) => each.id === id)).toEqual([])
  })

  it('[DLV2] [CON3] tells of what it cannot do by `error {message}`, and by the ack where one is asked for', async () => {
    const ears = await listen(lena)
    ears[''].socket.emit('open_the_gates')
    expect(await ears[''].next('error')).toEqual([{ message: expect.any(String) }])
    ears['/notifications'].socket.emit('notification_read', { notification_id: 7 })
    expect(await ears['/notifications'].next('error')).toEqual([{ message: expect.stringContaining('notification_id') }])
    const ack = await ears[''].socket.timeout(5_000).emitWithAck('chat:send', { id: 'x', text: '' })
    expect(ack).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
  })

  it.each([undefined, 'garbage'])('[AUTH1] lets nobody in with the token %j', async (token) => {
    using client = openClient(erpmax.url, token, { mount, namespace: '/billing' })
    const error = await new Promise<Error>((resolve) => client.socket.once('connect_error', resolve))
    expect(error.message).toMatch(/\w/)
  })
})
