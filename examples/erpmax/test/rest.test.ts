import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Invoice, Payment, Subscription, User } from '../src/contract.ts'
import { checkSubscriptions } from '../src/server/billing/expiry.ts'
import { api, type Person, type Refused, signUp } from './support/api.ts'
import { openOrchestrator, type TestOrchestrator } from './support/orchestrator.ts'
import { connect } from './support/stock-client.ts'

describe('REST', () => {
  let erpmax: TestOrchestrator
  let lena: Person
  let omar: Person
  let noor: Person

  beforeAll(async () => {
    erpmax = await openOrchestrator()
    lena = await erpmax.as('lena@acme.test')
    omar = await erpmax.as('omar@acme.test')
    noor = await erpmax.as('noor@borealis.test')
  })
  afterAll(() => erpmax[Symbol.asyncDispose]())

  it('[CON3] refuses a sign-up that is not valid with the path of each fault, and stores nothing', async () => {
    const { status, body } = await erpmax.anyone.post<Refused>('/auth/signup', {
      company: ' ',
      subdomain: '-x',
      email: 'no',
      password: 'short',
    })
    expect(status).toBe(400)
    const faults = body.error.details.faults as { path: string }[]
    expect(faults.map(({ path }) => path).toSorted()).toEqual(['company', 'email', 'name', 'password', 'subdomain'])
  })

  it('[OUT1] signs nobody up whose address is taken: neither tenant, nor user, nor invoice is there', async () => {
    await signUp(erpmax.url, 'taken')
    const input = { company: 'Other', subdomain: 'taken', name: 'Bo', email: 'bo@other.test', password: 'millrace' }
    expect(await erpmax.anyone.post('/auth/signup', input)).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } })
    const sameMail = { ...input, subdomain: 'free', email: 'ada@taken.test' }
    expect((await erpmax.anyone.post('/auth/signup', sameMail)).status).toBe(409)
    expect((await erpmax.anyone.post('/auth/signup', { ...input, subdomain: 'free' })).status).toBe(201)
  })

  it('[OUT1] takes a payment once, however many click, and tells everybody of the tenant', async () => {
    using ears = await connect(erpmax.url, omar.token, { namespace: '/billing' })
    const [invoice] = await lena.data(lena.get<Invoice[]>('/invoices'))
    const payments = await Promise.all([lena, omar, lena].map((person) => person.post<Payment>('/payments', { invoice_id: invoice?.id })))
    expect(payments.map(({ status }) => status).toSorted()).toEqual([201, 409, 409])
    expect(await ears.next('payment:received')).toEqual([{ amount: 99, currency: 'USD' }])
    const [updated] = (await ears.next('subscription:updated')) as [{ subscription: Subscription }]
    expect(updated.subscription).toEqual(await omar.data(omar.get('/subscription')))
    expect(updated.subscription).toMatchObject({ status: 'active', plan: 'growth', tenant_id: 'tenant-acme' })
    expect(await lena.data(lena.get<Payment[]>('/payments'))).toHaveLength(1)
    expect(ears.heard.filter(({ event }) => event === 'payment:received')).toHaveLength(1)
  })

  it('[TEN1] [TEN2] shows and changes nothing of another tenant', async () => {
    const [theirs] = await noor.data(noor.get<Invoice[]>('/invoices'))
    expect((await lena.post('/payments', { invoice_id: theirs?.id })).status).toBe(409)
    expect(await noor.data(noor.get<Invoice[]>('/invoices'))).toMatchObject([{ status: 'open' }])
    const seen = await Promise.all(['/tenant', '/site', '/subscription', '/users', '/chat', '/payments'].map((path) => noor.get(path)))
    expect(JSON.stringify(seen)).not.toMatch(/acme|Acme/)
    expect((await lena.post('/notifications', { user_id: 'user-noor', title: 'a', message: 'b' })).status).toBe(404)
  })

  it('lets owners alone change the plan, add people and send notices', async () => {
    for (const [path, body] of [
      ['/subscription', { plan: 'scale' }],
      ['/users', { name: 'A', email: 'a@acme.test', password: 'millrace' }],
      ['/notifications', { title: 'a', message: 'b' }],
    ] as const)
      expect((await omar.post(path, body)).status).toBe(403)
    expect((await noor.post<Subscription>('/subscription', { plan: 'scale' })).body).toMatchObject({ plan: 'scale', amount: 299 })
    expect((await noor.data(noor.get<Invoice[]>('/invoices'))).map(({ status }) => status).toSorted()).toEqual(['open', 'void'])
    const added = await noor.data(noor.post<User>('/users', { name: 'Kim', email: 'kim@borealis.test', password: 'millrace' }))
    expect(await noor.data(noor.get<User[]>('/users'))).toContainEqual(added)
    expect((await noor.post('/notifications', { title: 'Hello', message: 'all' })).body).toEqual({ recipients: 2 })
  })

  it('[ALR2] warns of a subscription that ends, once per step however often it looks', async () => {
    const ada = await signUp(erpmax.url, 'expiring')
    using ears = await connect(erpmax.url, ada.token, { namespace: '/billing' })
    const { app } = erpmax.node
    const endsIn = (days: number) =>
      app.db.run(
        'update subscriptions set current_period_end = ? where tenant_id = ?',
        app.clock.now() + days * 86_400_000 - 1_000,
        ada.user.tenant_id,
      )
    const warned = () => ears.heard.filter(({ event }) => event === 'subscription:expiring').map(({ args }) => args[0])
    await endsIn(10)
    await checkSubscriptions(app)
    await endsIn(6)
    await Promise.all([checkSubscriptions(app), checkSubscriptions(app)])
    await ears.next('subscription:expiring')
    await endsIn(5)
    await checkSubscriptions(app)
    await endsIn(0)
    await Promise.all([checkSubscriptions(app), checkSubscriptions(app)])
    const [updated] = (await ears.next('subscription:updated')) as [{ subscription: Subscription }]
    expect(updated.subscription.status).toBe('past_due')
    expect(warned()).toEqual([{ days_left: 6 }, { days_left: 0 }])
  })

  it('[AUTH1] wants a token that is good, and takes a refresh token once', async () => {
    expect((await erpmax.anyone.get('/tenant')).status).toBe(401)
    expect((await api(erpmax.url, `${lena.token}x`).get('/tenant')).status).toBe(401)
    const used = { refresh_token: omar.refreshToken }
    expect((await erpmax.anyone.post('/auth/refresh', used)).status).toBe(200)
    expect((await erpmax.anyone.post('/auth/refresh', used)).status).toBe(401)
  })
})
