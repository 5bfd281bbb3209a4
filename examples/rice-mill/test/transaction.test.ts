import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Batch, contract, type Purchase } from '../src/contract.ts'
import { recordActivity } from '../src/server/activity.ts'
import { type MillContext, millContext } from '../src/server/mill-context.ts'
import { moveStock } from '../src/server/move-stock.ts'
import { createPurchase } from '../src/server/purchases.ts'
import { purchases } from '../src/server/rows/tables.ts'
import { findUser } from '../src/server/users.ts'
import type { Person } from './support/api.ts'
import { openMill, type TestMill } from './support/mill.ts'
import { connect, type StockClient } from './support/stock-client.ts'

const paddy = { supplier: 'Kaveri Growers', variety: 'Ponni', quantityKg: 900, ratePaisePerKg: 2_300, note: '' }

describe('a business transaction', () => {
  let test: TestMill
  let asha: Person
  let client: StockClient
  let at: MillContext

  beforeAll(async () => {
    test = await openMill()
    asha = await test.as('asha')
    client = await connect(test.url, asha.token)
    const user = findUser(test.mill.app.db, asha.user.id)
    if (user === null) throw new Error('the seed has Asha')
    at = millContext(test.mill.app, 'mill-1', user)
  })
  afterAll(async () => {
    client.socket.disconnect()
    await test[Symbol.asyncDispose]()
  })

  /** Everything that the database holds, ours and Millrace's, as one hash per table. (`millrace_meta` counts health checks.) */
  function everything(): Readonly<Record<string, string>> {
    const { db } = test.mill.app
    const tables = db.prepare(`select name from sqlite_master where type = 'table' and name <> 'millrace_meta' order by name`).all() as {
      name: string
    }[]
    return Object.fromEntries(
      tables.map(({ name }) => [
        name,
        createHash('sha256')
          .update(JSON.stringify(db.prepare(`select * from "${name}"`).all()))
          .digest('hex'),
      ]),
    )
  }
  /** Resolves when all that was told of this record, and before it, has been heard, and nothing is under way. */
  async function settled({ id }: { readonly id: string }): Promise<void> {
    await client.next('activity:new', ({ entityId }: { entityId: string }) => entityId === id)
  }
  const buy = () => asha.data(asha.post<Purchase>('/mills/mill-1/purchases', paddy))

  it('[OUT1] that is rolled back leaves neither the row nor the event nor the notification', async () => {
    await settled(await buy())
    const before = everything()
    const heard = client.heard.length
    const failing = () =>
      at.commit(() => {
        const [purchase] = purchases.page(at.db, 'mill-1', { limit: 1 }).items
        if (purchase === undefined) throw new Error('the seed has purchases')
        const copy = { ...purchase, _id: 'ghost', id: 'ghost', number: 10_000 }
        purchases.insert(at.db, copy)
        void at.rt.publish(at.mill, 'purchase:created', { purchase: copy, createdBy: at.by }, { tx: at.db })
        moveStock(at, 'paddy', 1, { entity: 'purchase', id: 'ghost' })
        void at.rt.notify({ channel: at.mill }, { type: 'success', title: 'ghost', message: 'ghost' }, { tx: at.db })
        recordActivity(at, 'created', 'purchase', 'ghost', 'bought a ghost')
        throw new Error('the power is cut')
      })
    expect(failing).toThrow('the power is cut')
    expect(everything()).toEqual(before)
    await settled(await buy())
    expect(JSON.stringify(client.heard.slice(heard))).not.toContain('ghost')
  })

  it('[OUT1] is undone by an event that does not fit the contract', async () => {
    await settled(await buy())
    const before = everything()
    const purchase = { ...paddy, id: 5 } as unknown as Purchase
    const failing = () =>
      at.commit(() => {
        createRow('unfit')
        void at.rt.publish(at.mill, 'purchase:created', { purchase, createdBy: at.by }, { tx: at.db })
      })
    expect(failing).toThrow(/purchase:created/)
    expect(everything()).toEqual(before)
  })

  function createRow(id: string): void {
    const [purchase] = purchases.page(at.db, 'mill-1', { limit: 1 }).items
    if (purchase !== undefined) purchases.insert(at.db, { ...purchase, _id: id, id, number: 20_000 })
  }

  it('[OUT1] that REST refuses halfway leaves nothing and tells nothing', async () => {
    // All paddy is milled, so the purchase cannot be taken back.
    const { id } = await buy()
    const stock = await asha.data(asha.get<{ stockType: string; quantity: number }[]>('/mills/mill-1/stock'))
    const paddyKg = stock.find(({ stockType }) => stockType === 'paddy')?.quantity
    await settled(await asha.data(asha.post<Batch>('/mills/mill-1/batches', { paddyKg })))
    const before = everything()

    expect((await asha.delete(`/mills/mill-1/purchases/${id}`)).status).toBe(422)
    expect(everything()).toEqual(before)
    await settled(await buy())
    expect(client.countOf('purchase:deleted')).toBe(0)
  })

  it('[OUT2] is heard by everybody in the order in which it was committed', async () => {
    using other = await connect(test.url, asha.token)
    const heard = client.countOf('purchase:created')
    const created = await Promise.all(Array.from({ length: 20 }, buy))
    const last = created.map(({ number }) => number).toSorted((a, b) => b - a)[0]
    const numbers = async (who: StockClient) => {
      await who.next('purchase:created', ({ purchase }: { purchase: Purchase }) => purchase.number === last)
      const events = who.heard.filter(({ event }) => event === 'purchase:created')
      return events.map(({ args }) => (args[0] as { purchase: Purchase }).purchase.number).slice(-20)
    }
    const expected = created.map(({ number }) => number).toSorted((a, b) => a - b)
    expect(await numbers(client)).toEqual(expected)
    expect(await numbers(other)).toEqual(expected)
    expect(client.countOf('purchase:created')).toBe(heard + 20)
  })

  it('is what the service makes: one call, one row, one event', async () => {
    const purchase = createPurchase(at, { ...paddy, day: undefined })
    expect(await client.next('purchase:created', (payload: { purchase: Purchase }) => payload.purchase.id === purchase.id)).toEqual([
      { purchase, createdBy: asha.by },
    ])
    expect(contract.channels.mill({ millId: 'mill-1' }).name).toBe(at.mill.name)
  })
})
