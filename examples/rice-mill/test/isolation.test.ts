import { type Random, seededRandom } from '@millrace-tests/support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Batch, Purchase, Sale, StaffMember } from '../src/contract.ts'
import type { Person } from './support/api.ts'
import { openMill, type TestMill } from './support/mill.ts'
import { connect, type StockClient } from './support/stock-client.ts'

/** Stands in everything that mill 1 writes in this test, and in nothing that others send. */
const canary = 'Canary Growers'

/** Ways to name mill 1, or a channel of somebody else's, that are not one's own mill's id. */
const hostileIds = [
  'mill-1',
  'MILL-1',
  'mill-1 ',
  'mill:mill-1',
  'mill-2/../mill-1',
  'mill-2:mill-1',
  'mill-2%003amill-1',
  '*',
  '{millId}',
  '__proto__',
  'constructor',
  '',
  'mill-1\u0000',
  'mill%002d1',
] as const
const hostileValues = [...hostileIds, null, 1, true, ['mill-1'], { millId: 'mill-1' }, { toString: 'mill-1' }, 'x'.repeat(5_000)] as const
const channels = ['mill:mill-1', 'user:user-asha', 'admin', 'everyone/../admin', '$inbox:user-asha', 'rice-mill/mill:mill-1'] as const
const positions = [undefined, { epoch: 'x', offset: 0 }, { epoch: '', offset: -1 }, { epoch: 'x', offset: 1e15 }, 'all'] as const

describe('two mills', () => {
  let test: TestMill
  let asha: Person
  let meena: Person
  let client: StockClient
  let theirs: string[]

  beforeAll(async () => {
    test = await openMill()
    asha = await test.as('asha')
    meena = await test.as('meena')
    client = await connect(test.url, meena.token)
    theirs = await idsOfMillOne()
  })
  afterAll(async () => {
    client.socket.disconnect()
    await test[Symbol.asyncDispose]()
  })

  const paddy = { supplier: canary, variety: canary, quantityKg: 500, ratePaisePerKg: 2_000, note: canary }
  const buy = () => asha.data(asha.post<Purchase>('/mills/mill-1/purchases', paddy))

  async function idsOfMillOne(): Promise<string[]> {
    const mill = '/mills/mill-1'
    const records = await Promise.all([
      buy(),
      asha.data(asha.post<Sale>(`${mill}/sales`, { buyer: canary, stockType: 'rice', quantityKg: 5, ratePaisePerKg: 4_000 })),
      asha.data(asha.post<Batch>(`${mill}/batches`, { paddyKg: 50 })),
      asha.data(asha.post<StaffMember>(`${mill}/staff`, { name: canary, duty: 'loader', dailyWagePaise: 1 })),
    ])
    return records.map(({ id }) => id)
  }

  /** Resolves when the mill of the one who asks has told her of her own purchase: all that came before was heard. */
  async function settled(who: StockClient): Promise<void> {
    const { id } = await meena.data(
      meena.post<Purchase>('/mills/mill-2/purchases', { supplier: 'Palar', variety: 'IR 64', quantityKg: 1, ratePaisePerKg: 1 }),
    )
    await who.next('activity:new', ({ entityId }: { entityId: string }) => entityId === id)
  }

  it.each([1, 2, 3, 4])('[TEN2] nothing that a client sends on its connection brings a word of the other mill (seed %i)', async (seed) => {
    const random = seededRandom(seed)
    using hostile = await connect(test.url, meena.token)
    const acks: unknown[] = []
    const ask = (event: string, ...args: unknown[]) => {
      if (random.chance(0.5)) hostile.socket.emit(event, ...args)
      else hostile.socket.emit(event, ...args, (...answer: unknown[]) => acks.push(answer))
    }
    // Fewer than the rate limit lets through at once: each message is looked at.
    for (let count = 0; count < 150; count += 1) {
      hostileMessage(random, ask)
      if (count % 30 === 0) await buy()
    }
    await buy()
    await new Promise((resolve) => hostile.socket.emit('join:mill', 'mill-2', resolve))
    await settled(hostile)
    const heard = hostile.heard.filter(({ event }) => event !== 'left:mill').map((item) => JSON.stringify(item))
    expect(heard.filter((text) => text.includes(canary) || text.includes('mill-1'))).toEqual([])
    const subscribed = acks.map((answer) => JSON.stringify(answer)).filter((text) => text.includes('"ok":true'))
    expect(subscribed.filter((text) => text.includes(canary) || text.includes('position'))).toEqual([])
    expect(hostile.socket.connected).toBe(true)
  })

  function hostileMessage(random: Random, ask: (event: string, ...args: unknown[]) => void): void {
    const value = random.pick<unknown>(hostileValues)
    const channel = random.pick(channels)
    random.pick([
      () => ask('join:mill', value),
      () => ask('request:dashboard', value),
      () => ask('leave:mill', value),
      () => ask('activity:typing', { millId: value, entity: 'purchase', action: 'creating' }),
      () => ask('activity:stop-typing', { millId: value }),
      () => ask('mr:subscribe', { channel, position: random.pick<unknown>(positions), presence: {} }),
      () => ask('mr:typing', { channel, active: true }),
      () => ask('mr:presence-update', { channel, state: {} }),
      () => ask('mr:inbox-list', { cursor: JSON.stringify(value), limit: 200 }),
      () => ask('mr:inbox-mark', { ids: ['mill-1-purchase-1-notice', JSON.stringify(value)], read: true }),
      () => ask('purchase:created', { purchase: { millId: 'mill-1' } }),
      () => ask('stock:updated', value),
    ])()
  }

  it('nobody types into another mill', async () => {
    using listening = await connect(test.url, asha.token)
    client.socket.emit('activity:typing', { millId: 'mill-1', entity: 'purchase', action: 'creating' })
    await client.next('error', ({ message }: { message: string }) => message === 'Access denied to this mill')
    const { id } = await buy()
    await listening.next('purchase:created', ({ purchase }: { purchase: Purchase }) => purchase.id === id)
    expect(listening.countOf('activity:typing')).toBe(0)
  })

  it('[TEN2] no address of REST answers a word of the other mill', async () => {
    const lists = [
      'purchases',
      'sales',
      'stock',
      'movements',
      'batches',
      'payments',
      'receipts',
      'staff?all=true',
      'attendance',
      'activity',
      'dashboard',
    ]
    const cursor = (await asha.data(asha.get<{ cursor: string }>('/mills/mill-1/purchases?limit=1'))).cursor
    const answers: string[] = []
    for (const list of lists) {
      for (const millId of hostileIds) answers.push(JSON.stringify(await meena.get(`/mills/${encodeURIComponent(millId)}/${list}`)))
      answers.push(JSON.stringify(await meena.get(`/mills/mill-2/${list}${list.includes('?') ? '&' : '?'}cursor=${cursor}&limit=200`)))
      for (const id of theirs) answers.push(JSON.stringify(await meena.get(`/mills/mill-2/${list.split('?')[0]}/${id}`)))
    }
    answers.push(JSON.stringify([await meena.get('/mills'), await meena.get('/users'), await meena.get('/notifications?limit=200')]))
    const all = answers.join('\n')
    expect(all).not.toContain(canary)
    expect(all).not.toContain('"millId":"mill-1"')
    expect(all).not.toContain('asha@')
  })

  it('[TEN2] nothing of the other mill can be changed', async () => {
    const before = await asha.data(asha.get('/mills/mill-1/activity?limit=200'))
    for (const id of theirs)
      for (const millId of ['mill-1', 'mill-2']) {
        const mill = `/mills/${millId}`
        const attempts = [
          meena.patch(`${mill}/purchases/${id}`, { version: 1, note: 'x' }),
          meena.delete(`${mill}/purchases/${id}`),
          meena.patch(`${mill}/sales/${id}`, { version: 1, note: 'x' }),
          meena.delete(`${mill}/sales/${id}`),
          meena.post(`${mill}/batches/${id}/complete`, { version: 1, riceKg: 1, brokenRiceKg: 0, branKg: 0, huskKg: 0 }),
          meena.post(`${mill}/staff/${id}/leave`),
          meena.post(`${mill}/attendance`, { staffId: id, status: 'absent' }),
        ]
        for (const { status } of await Promise.all(attempts)) expect(status).toBe(millId === 'mill-1' ? 403 : 404)
      }
    expect(await asha.data(asha.get('/mills/mill-1/activity?limit=200'))).toEqual(before)
  })

  it('[LOG4] an idempotency key of somebody else answers nothing of theirs', async () => {
    const key = { 'idempotency-key': 'shared' }
    await asha.data(asha.post('/mills/mill-1/purchases', paddy, key))
    const mine = await meena.data(
      meena.post<Purchase>('/mills/mill-2/purchases', { supplier: 'Palar', variety: 'IR 64', quantityKg: 1, ratePaisePerKg: 1 }, key),
    )
    expect(mine).toMatchObject({ millId: 'mill-2', supplier: 'Palar' })
  })
})
