import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DashboardStats, Movement, Purchase, Stock } from '../src/contract.ts'
import type { Person, Reply } from './support/api.ts'
import { openMill, type TestMill } from './support/mill.ts'

const mill = '/mills/mill-1'
const paddy = { supplier: 'Kaveri Growers', variety: 'Ponni', quantityKg: 900, ratePaisePerKg: 2_300 }

const failure = ({ status, body }: Reply) => ({ status, code: body.error?.code })
const paths = ({ body }: Reply) => (body.error.details.faults as { path: string }[]).map(({ path }) => path).sort()

describe('REST', () => {
  let test: TestMill
  let admin: Person
  let asha: Person
  let ravi: Person
  let meena: Person

  beforeAll(async () => {
    test = await openMill()
    ;[admin, asha, ravi, meena] = await Promise.all([test.as('admin'), test.as('asha'), test.as('ravi'), test.as('meena')])
  })
  afterAll(() => test[Symbol.asyncDispose]())

  const buy = (input: Partial<typeof paddy> = {}) => asha.data(asha.post<Purchase>(`${mill}/purchases`, { ...paddy, ...input }))
  const stockOf = async (stockType: string) =>
    (await asha.data(asha.get<Stock[]>(`${mill}/stock`))).find((stock) => stock.stockType === stockType)?.quantity ?? -1

  describe('what is sent', () => {
    it('[CON3] is refused with the path of each fault', async () => {
      const reply = await asha.post(`${mill}/purchases`, { supplier: ' ', variety: 'Ponni', quantityKg: 1.5, day: '2026-02-30' })
      expect(failure(reply)).toEqual({ status: 400, code: 'invalid_payload' })
      expect(paths(reply)).toEqual(['day', 'quantityKg', 'ratePaisePerKg', 'supplier'])
      expect(reply.body.success).toBe(false)
    })

    it.each(['{"supplier":', '"text"', 'null', '[]', '{"__proto__":{"role":"SUPER_ADMIN"}}'])(
      '[CON3] is refused when it is %s',
      async (body) => {
        expect(failure(await asha.post(`${mill}/purchases`, body))).toEqual({ status: 400, code: 'invalid_payload' })
      },
    )

    it('[CON3] is refused when it is too large', async () => {
      expect(failure(await asha.post(`${mill}/purchases`, { ...paddy, note: 'x'.repeat(70_000) }))).toEqual({
        status: 413,
        code: 'payload_too_large',
      })
    })

    it('is not stored where it was refused', async () => {
      const before = await asha.data(asha.get<DashboardStats>(`${mill}/dashboard`))
      await asha.post(`${mill}/purchases`, { ...paddy, quantityKg: 0 })
      expect((await asha.data(asha.get<DashboardStats>(`${mill}/dashboard`))).today).toEqual(before.today)
    })
  })

  describe('lists', () => {
    it('[INB5] are paged by a cursor, each record once, newest first', async () => {
      for (let count = 0; count < 7; count += 1) await buy()
      const seen: number[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: { items: Purchase[]; cursor: string | null } = await asha.data(
          asha.get(`${mill}/purchases?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`),
        )
        seen.push(...page.items.map(({ number }) => number))
        cursor = page.cursor
      }
      expect(seen).toEqual(Array.from({ length: seen[0] ?? 0 }, (_, index) => (seen[0] ?? 0) - index))
    })

    it('are filtered', async () => {
      const { id } = await buy({ supplier: 'Unheard-of Growers' })
      const found = await asha.data(asha.get<{ items: Purchase[] }>(`${mill}/purchases?q=unheard-OF`))
      expect(found.items.map((item) => item.id)).toEqual([id])
      const none = await asha.data(asha.get<{ items: Purchase[] }>(`${mill}/purchases?to=2001-01-01`))
      expect(none).toEqual({ items: [], cursor: null })
    })

    it.each(['limit=0', 'limit=1000', 'limit=x', 'cursor=abc', 'cursor=%00', 'from=yesterday', 'q=a&q=b'])(
      'refuse the query ?%s',
      async (query) => {
        expect(failure(await asha.get(`${mill}/purchases?${query}`))).toEqual({ status: 400, code: 'invalid_payload' })
      },
    )
  })

  describe('changes', () => {
    it('of a record that has changed in the meantime are refused with what it is now', async () => {
      const { id } = await buy()
      const first = await asha.data(asha.patch<Purchase>(`${mill}/purchases/${id}`, { version: 1, note: 'weighed twice' }))
      const second = await ravi.patch(`${mill}/purchases/${id}`, { version: 1, note: 'mine' })
      expect(failure(second)).toEqual({ status: 409, code: 'conflict' })
      expect(second.body.error.details.current).toEqual(first)
    })

    it('keep the fields that they leave out', async () => {
      const purchase = await buy()
      const changed = await asha.data(asha.patch<Purchase>(`${mill}/purchases/${purchase.id}`, { version: 1, ratePaisePerKg: 2_000 }))
      expect(changed).toEqual({ ...purchase, version: 2, ratePaisePerKg: 2_000, amountPaise: 1_800_000, updatedAt: changed.updatedAt })
    })

    it('move the stock by the difference', async () => {
      const before = await stockOf('paddy')
      const { id } = await buy({ quantityKg: 500 })
      await asha.data(asha.patch(`${mill}/purchases/${id}`, { version: 1, quantityKg: 300 }))
      expect(await stockOf('paddy')).toBe(before + 300)
      await asha.data(asha.delete(`${mill}/purchases/${id}`))
      expect(await stockOf('paddy')).toBe(before)
    })

    it('give no number twice, not even after a deletion', async () => {
      const { id, number } = await buy()
      await asha.data(asha.delete(`${mill}/purchases/${id}`))
      expect((await buy()).number).toBe(number + 1)
    })
  })

  describe('stock', () => {
    it('is never below zero, and a request that needs more changes nothing', async () => {
      const before = await stockOf('husk')
      const reply = await asha.post(`${mill}/sales`, {
        buyer: 'Metro Foods',
        stockType: 'husk',
        quantityKg: before + 1,
        ratePaisePerKg: 400,
      })
      expect(failure(reply)).toEqual({ status: 422, code: 'insufficient_stock' })
      expect(reply.body.error.details).toEqual({ stockType: 'husk', availableKg: before, neededKg: before + 1 })
      expect(await stockOf('husk')).toBe(before)
    })

    it('is right after many changes at once', async () => {
      const before = await stockOf('rice')
      const move = (direction: string) =>
        asha.post<Movement>(`${mill}/movements`, { direction, stockType: 'rice', quantityKg: 7, reason: 'counted' })
      await Promise.all(Array.from({ length: 40 }, (_, index) => asha.data(move(index % 4 === 0 ? 'outward' : 'inward'))))
      expect(await stockOf('rice')).toBe(before + 7 * 20)
    })
  })

  describe('an idempotency key', () => {
    const key = (name: string) => ({ 'idempotency-key': name })

    it('[LOG4] answers a repeated request as the first time, and writes nothing twice', async () => {
      const before = await stockOf('paddy')
      const replies = await Promise.all(Array.from({ length: 5 }, () => asha.post<Purchase>(`${mill}/purchases`, paddy, key('k1'))))
      expect(new Set(replies.map(({ body }) => body.data.id)).size).toBe(1)
      expect(replies.every(({ status, body }) => status === 201 && JSON.stringify(body) === JSON.stringify(replies[0]?.body))).toBe(true)
      expect(await stockOf('paddy')).toBe(before + paddy.quantityKg)
    })

    it('is refused for another request', async () => {
      await asha.data(asha.post(`${mill}/purchases`, paddy, key('k2')))
      expect(failure(await asha.post(`${mill}/purchases`, { ...paddy, quantityKg: 1 }, key('k2')))).toEqual({
        status: 409,
        code: 'idempotency_mismatch',
      })
    })

    it('belongs to one person', async () => {
      const hers = await asha.data(asha.post<Purchase>(`${mill}/purchases`, paddy, key('k3')))
      const his = await ravi.data(ravi.post<Purchase>(`${mill}/purchases`, paddy, key('k3')))
      expect(his.id).not.toBe(hers.id)
    })

    it('of a request that failed may be used again', async () => {
      const sale = { buyer: 'Metro Foods', stockType: 'husk', quantityKg: 9_000_000, ratePaisePerKg: 400 }
      expect((await asha.post(`${mill}/sales`, sale, key('k4'))).status).toBe(422)
      expect((await asha.post(`${mill}/sales`, { ...sale, quantityKg: 1 }, key('k4'))).status).toBe(201)
    })
  })

  describe('rights', () => {
    it('let nobody in without a token', async () => {
      for (const path of ['/auth/me', '/mills', '/users', '/notifications', `${mill}/purchases`, `${mill}/dashboard`])
        expect(failure(await test.anyone.get(path))).toEqual({ status: 401, code: 'auth_required' })
    })

    it('give no sign of whether a mill exists to those who may not enter it', async () => {
      const [there, not] = await Promise.all([meena.get('/mills/mill-1/stock'), meena.get('/mills/mill-99/stock')])
      expect(failure(there)).toEqual({ status: 403, code: 'denied' })
      expect(there.body).toEqual(not.body)
    })

    it('end at the mill: a record of another one is not found', async () => {
      const { id } = await buy()
      const theirs = '/mills/mill-2/purchases'
      expect(failure(await meena.get(`${theirs}/${id}`))).toEqual({ status: 404, code: 'not_found' })
      expect(failure(await meena.patch(`${theirs}/${id}`, { version: 1, note: 'x' }))).toEqual({ status: 404, code: 'not_found' })
      expect(failure(await meena.delete(`${theirs}/${id}`))).toEqual({ status: 404, code: 'not_found' })
      expect((await asha.get(`${mill}/purchases/${id}`)).status).toBe(200)
    })

    it('show a super admin all mills, and others their own', async () => {
      const ids = async (person: Person) => (await person.data(person.get<{ id: string }[]>('/mills'))).map(({ id }) => id)
      expect(await ids(admin)).toEqual(['mill-1', 'mill-2', 'mill-3'])
      expect(await ids(ravi)).toEqual(['mill-1'])
      expect((await admin.get('/mills/mill-3/dashboard')).status).toBe(200)
    })

    it('keep to administrators what is theirs', async () => {
      const refused = [
        ravi.post(`${mill}/payments`, { direction: 'made', party: 'x', amountPaise: 1, method: 'cash' }),
        ravi.post(`${mill}/staff`, { name: 'x', duty: 'y', dailyWagePaise: 1 }),
        ravi.post('/notifications', { target: { mill: 'mill-1' }, title: 'x', message: 'y' }),
        asha.post('/notifications', { target: { everyone: true }, title: 'x', message: 'y' }),
        asha.post('/notifications', { target: { user: 'user-meena' }, title: 'x', message: 'y' }),
        asha.patch('/users/user-asha', { role: 'SUPER_ADMIN' }),
        asha.get('/users'),
      ]
      for (const reply of await Promise.all(refused)) expect(failure(reply)).toEqual({ status: 403, code: 'denied' })
    })
  })

  describe('milling', () => {
    it('gives no more than went in, and completes a batch once', async () => {
      const { id } = await asha.data(asha.post<{ id: string }>(`${mill}/batches`, { paddyKg: 100 }))
      const products = { version: 1, riceKg: 60, brokenRiceKg: 5, branKg: 8, huskKg: 20 }
      expect(failure(await asha.post(`${mill}/batches/${id}/complete`, { ...products, riceKg: 90 }))).toEqual({
        status: 400,
        code: 'invalid_payload',
      })
      expect((await asha.post(`${mill}/batches/${id}/complete`, products)).status).toBe(200)
      expect(failure(await asha.post(`${mill}/batches/${id}/complete`, { ...products, version: 2 }))).toEqual({
        status: 409,
        code: 'conflict',
      })
    })
  })

  describe('everything else', () => {
    it.each(['/api/v1/nothing', '/api/nothing', '/api/v1/mills/mill-1/nothing'])('answers %s with a JSON 404', async (path) => {
      const response = await fetch(test.url + path)
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ success: false, error: { code: 'not_found' } })
    })

    it('[HLT1] answers health and metrics', async () => {
      for (const path of ['/health', '/health/websocket', '/health/ready']) expect((await fetch(test.url + path)).status).toBe(200)
      expect(await (await fetch(`${test.url}/metrics`)).text()).toContain('# TYPE')
    })

    it('carries headers that keep other pages out', async () => {
      const { headers } = await fetch(`${test.url}/api/v1/mills`)
      expect(headers.get('content-security-policy')).toContain("default-src 'self'")
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-powered-by')).toBeNull()
    })
  })
})
