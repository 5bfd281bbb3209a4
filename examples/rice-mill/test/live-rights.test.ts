import { mintToken } from '@millrace-tests/support'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Purchase } from '../src/contract.ts'
import type { Person } from './support/api.ts'
import { openMill, secret, type TestMill } from './support/mill.ts'
import { connect, refusal, type StockClient } from './support/stock-client.ts'

const paddy = { supplier: 'Kaveri Growers', variety: 'Ponni', quantityKg: 900, ratePaisePerKg: 2_300 }
const later = 4_000_000_000

let test: TestMill
beforeEach(async () => {
  test = await openMill()
})
afterEach(() => test[Symbol.asyncDispose]())

const buy = (person: Person, millId: string) => person.data(person.post<Purchase>(`/mills/${millId}/purchases`, paddy))
const ofPurchase =
  ({ id }: Purchase) =>
  (payload: { purchase: { id: string } }) =>
    payload.purchase.id === id
/** What a client has heard of a mill's purchases. */
const purchasesOf = ({ heard }: StockClient, millId: string) =>
  heard.filter(({ event, args }) => event === 'purchase:created' && (args[0] as { purchase: Purchase }).purchase.millId === millId)

describe('a connection', () => {
  it('[AUTH1] is refused with the words that the clients know', async () => {
    expect(await refusal(test.url, undefined)).toBe('Authentication token required')
    expect(await refusal(test.url, 'nonsense')).toBe('Invalid token')
    expect(await refusal(test.url, mintToken('another-secret-that-has-more-than-32-characters', { sub: 'user-asha' }, later))).toBe(
      'Invalid token',
    )
    expect(await refusal(test.url, mintToken(secret, { sub: 'user-asha' }, 1_000))).toBe('Invalid token')
    expect(await refusal(test.url, mintToken(secret, { sub: 'user-ira' }, later))).toBe('User not found or inactive')
    expect(await refusal(test.url, mintToken(secret, { sub: 'user-nobody' }, later))).toBe('User not found or inactive')
  })

  it('[TEN1] has the role and the mill of the database, whatever the token says', async () => {
    const token = mintToken(secret, { sub: 'user-ravi', role: 'SUPER_ADMIN', millId: 'mill-2', tenant: 'other', tenant_id: 'other' }, later)
    using client = await connect(test.url, token)
    client.socket.emit('join:mill', 'mill-2')
    expect(await client.next('error')).toEqual([{ message: 'Access denied to this mill' }])
    const asha = await test.as('asha')
    await client.next('purchase:created', ofPurchase(await buy(asha, 'mill-1')))
    expect(await refusal(test.url, token, { namespace: '/admin' })).not.toBe('')
  })

  it.each([['polling'], ['websocket'], ['polling', 'websocket']])('works over %s %s', async (...transports) => {
    const asha = await test.as('asha')
    using client = await connect(test.url, asha.token, { transports: transports.filter((name) => name !== undefined) })
    const purchase = await buy(asha, 'mill-1')
    expect(await client.next('purchase:created')).toEqual([{ purchase, createdBy: asha.by }])
  })

  it('has the namespaces / and /mill for everybody, and /admin for super admins', async () => {
    const [admin, meena] = [await test.as('admin'), await test.as('meena')]
    using inMill = await connect(test.url, meena.token, { namespace: '/mill' })
    using inAdmin = await connect(test.url, admin.token, { namespace: '/admin' })
    await inMill.next('purchase:created', ofPurchase(await buy(meena, 'mill-2')))
    await admin.data(admin.post('/notifications', { target: { admins: true }, type: 'warning', title: 'Audit', message: 'on Monday' }))
    expect(await inAdmin.next('notification')).toEqual([
      { type: 'warning', title: 'Audit', message: 'on Monday', data: { from: admin.user.name } },
    ])
    expect(await refusal(test.url, meena.token, { namespace: '/admin' })).toBe('This namespace may not be used')
  })
})

describe('notices', () => {
  it('[INB4] reach one person, a mill, the super admins, or everybody, and are stored for each of them', async () => {
    const [admin, asha, ravi, meena] = await Promise.all(
      ['admin', 'asha', 'ravi', 'meena'].map((name) => test.as(name)) as [
        Promise<Person>,
        Promise<Person>,
        Promise<Person>,
        Promise<Person>,
      ],
    )
    const people = { admin, asha, ravi, meena }
    const clients = await Promise.all(Object.values(people).map(({ token }) => connect(test.url, token)))
    const send = (target: object, title: string) =>
      admin.data(admin.post<{ recipients: number }>('/notifications', { target, title, message: 'Please read.' }))
    expect(await send({ user: 'user-ravi' }, 'one')).toMatchObject({ recipients: 1 })
    expect(await send({ mill: 'mill-1' }, 'mill')).toMatchObject({ recipients: 2 })
    expect(await send({ admins: true }, 'admins')).toMatchObject({ recipients: 1 })
    expect(await send({ everyone: true }, 'all')).toMatchObject({ recipients: 4 })

    const titles = { admin: ['admins', 'all'], asha: ['mill', 'all'], ravi: ['one', 'mill', 'all'], meena: ['all'] }
    for (const [index, [name, person]] of Object.entries(people).entries()) {
      const expected = titles[name as keyof typeof titles]
      // Sent last, so what was meant for this person has come before.
      await clients[index]?.next('notification', ({ title }: { title: string }) => title === 'all')
      const heard = clients[index]?.heard
        .filter(({ event }) => event === 'notification')
        .map(({ args }) => (args[0] as { title: string }).title)
      expect(heard?.toSorted()).toEqual(expected.toSorted())
      const { notifications } = await person.data(
        person.get<{ notifications: { title: string; message: string }[] }>('/notifications?unread=true'),
      )
      const sent = notifications.filter(({ message }) => message === 'Please read.')
      expect(sent.map(({ title }) => title)).toEqual(expected.toReversed())
      clients[index]?.socket.disconnect()
    }
  })

  it('[INB2] are counted, marked and deleted by their owner alone', async () => {
    const [admin, ravi, asha] = [await test.as('admin'), await test.as('ravi'), await test.as('asha')]
    await admin.data(admin.post('/notifications', { target: { user: 'user-ravi' }, title: 'For Ravi', message: 'alone' }))
    const list = () => ravi.data(ravi.get<{ unread: number; notifications: { id: string; title: string }[] }>('/notifications'))
    const { unread, notifications } = await list()
    const hers = await asha.data(asha.get<{ unread: number }>('/notifications'))
    const id = notifications[0]?.id ?? ''
    expect(notifications[0]?.title).toBe('For Ravi')
    expect(await asha.data(asha.post('/notifications/read', { ids: [id], read: true }))).toMatchObject({ unread: hers.unread })
    expect((await asha.delete(`/notifications/${id}`)).status).toBe(404)
    expect((await list()).unread).toBe(unread)
    expect(await ravi.data(ravi.post('/notifications/read', { ids: [id], read: true }))).toMatchObject({ unread: unread - 1 })
    expect(await ravi.data(ravi.post('/notifications/read', { ids: 'all', read: true }))).toMatchObject({ unread: 0 })
    await ravi.data(ravi.delete(`/notifications/${id}`))
    expect((await list()).notifications.map((notification) => notification.id)).not.toContain(id)
  })
})

describe('rights that are taken', () => {
  it('[AUTH5] end the connections of somebody who is deactivated, and let no new one in', async () => {
    const [admin, ravi] = [await test.as('admin'), await test.as('ravi')]
    using client = await connect(test.url, ravi.token)
    await admin.data(admin.patch('/users/user-ravi', { isActive: false }))
    expect(await client.disconnected).toBe('io server disconnect')
    expect(await refusal(test.url, ravi.token)).toBe('User not found or inactive')
    expect((await ravi.get('/mills/mill-1/stock')).status).toBe(401)
    expect((await test.anyone.post('/auth/refresh', { refreshToken: ravi.refreshToken })).status).toBe(401)
    expect((await test.anyone.post('/auth/login', { email: 'ravi@millrace.test', password: 'millrace' })).body.error.message).toBe(
      'User not found or inactive',
    )
  })

  it('[AUTH5] move with somebody to another mill, on the open connection', async () => {
    const [admin, asha, ravi, meena] = [await test.as('admin'), await test.as('asha'), await test.as('ravi'), await test.as('meena')]
    using client = await connect(test.url, ravi.token)
    await client.next('purchase:created', ofPurchase(await buy(asha, 'mill-1')))
    await admin.data(admin.patch('/users/user-ravi', { millId: 'mill-2' }))
    await buy(asha, 'mill-1')
    await client.next('purchase:created', ofPurchase(await buy(meena, 'mill-2')))
    expect(purchasesOf(client, 'mill-1')).toHaveLength(1)
    expect((await ravi.get('/mills/mill-1/stock')).status).toBe(403)
    expect((await ravi.get('/mills/mill-2/stock')).status).toBe(200)
  })

  it('[AUTH5] close the mills that a super admin was watching', async () => {
    const [admin, asha, meena] = [await test.as('admin'), await test.as('asha'), await test.as('meena')]
    await admin.data(admin.patch('/users/user-meena', { role: 'SUPER_ADMIN' }))
    using watching = await connect(test.url, meena.token)
    watching.socket.emit('join:mill', 'mill-1')
    await watching.next('joined:mill')
    await watching.next('purchase:created', ofPurchase(await buy(asha, 'mill-1')))

    await admin.data(admin.patch('/users/user-meena', { role: 'MILL_ADMIN' }))
    await buy(asha, 'mill-1')
    await watching.next('purchase:created', ofPurchase(await buy(meena, 'mill-2')))
    expect(purchasesOf(watching, 'mill-1')).toHaveLength(1)
    watching.socket.emit('join:mill', 'mill-1')
    expect(await watching.next('error')).toEqual([{ message: 'Access denied to this mill' }])
  })

  it('[AUTH5] end with the session: a connection that was signed out is ended, and the person’s others stay', async () => {
    const [asha, here, there] = [await test.as('asha'), await test.as('ravi'), await test.as('ravi')]
    using signedOut = await connect(test.url, here.token)
    using other = await connect(test.url, there.token)
    await test.anyone.data(test.anyone.post('/auth/logout', { refreshToken: here.refreshToken }))
    await other.next('purchase:created', ofPurchase(await buy(asha, 'mill-1')))
    expect(purchasesOf(signedOut, 'mill-1')).toEqual([])
    await expect.poll(() => signedOut.socket.connected).toBe(false)
    expect(other.socket.connected).toBe(true)
    expect((await here.get('/auth/me')).status).toBe(401)
    expect((await there.get('/auth/me')).status).toBe(200)
  })

  it('leave the last super admin in place', async () => {
    const admin = await test.as('admin')
    expect((await admin.patch('/users/user-admin', { isActive: false })).status).toBe(409)
    expect((await admin.patch('/users/user-admin', { role: 'MILL_STAFF', millId: 'mill-1' })).status).toBe(409)
    expect((await admin.patch('/users/user-meena', { millId: null })).status).toBe(400)
    expect((await admin.patch('/users/user-meena', { millId: 'mill-99' })).status).toBe(400)
    expect((await admin.patch('/users/user-nobody', { isActive: false })).status).toBe(404)
  })
})
