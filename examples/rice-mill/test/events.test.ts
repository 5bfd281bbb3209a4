import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Batch,
  contract,
  type DashboardStats,
  type Payment,
  type Purchase,
  type Receipt,
  type Sale,
  type StaffMember,
  type Stock,
} from '../src/contract.ts'
import type { Person } from './support/api.ts'
import { openMill, type TestMill } from './support/mill.ts'
import { connect, type StockClient } from './support/stock-client.ts'

const mill = '/mills/mill-1'
const paddy = { supplier: 'Kaveri Growers', variety: 'Ponni', quantityKg: 900, ratePaisePerKg: 2_300 }
const rice = { buyer: 'Nalla Stores', stockType: 'rice', quantityKg: 50, ratePaisePerKg: 4_400 }

describe('a stock Socket.IO client', () => {
  let test: TestMill
  let asha: Person
  let ravi: Person
  let client: StockClient

  beforeAll(async () => {
    test = await openMill()
    asha = await test.as('asha')
    ravi = await test.as('ravi')
    client = await connect(test.url, ravi.token)
  })
  afterAll(async () => {
    client.socket.disconnect()
    await test[Symbol.asyncDispose]()
  })

  /** The payload of an event that tells of this record; there is one argument and no more (DLV2). */
  const told = async (event: string, fits: (payload: never) => boolean = () => true) => {
    const args = await client.next(event, fits)
    expect(args).toHaveLength(1)
    return args[0]
  }

  it('is greeted with `connected`', async () => {
    expect(await told('connected')).toEqual({ userId: ravi.user.id, message: 'Connected successfully' })
  })

  it('[DLV2] hears `purchase:created` and `notification` of a purchase', async () => {
    const purchase = await asha.data(asha.post<Purchase>(`${mill}/purchases`, paddy))
    const ofIt = (payload: { purchase: Purchase }) => payload.purchase._id === purchase._id
    expect(await told('purchase:created', ofIt)).toEqual({ purchase, createdBy: asha.by })
    expect(await told('notification', (payload: { data: { purchaseId?: string } }) => payload.data.purchaseId === purchase._id)).toEqual({
      type: 'success',
      title: 'New Purchase',
      message: `${asha.user.name} created a new purchase`,
      data: { purchaseId: purchase._id },
    })
    expect(purchase).toMatchObject({ ...paddy, millId: 'mill-1', version: 1, amountPaise: 2_070_000, createdBy: asha.by })
  })

  it('[DLV2] hears `purchase:updated` and `purchase:deleted`', async () => {
    const { id } = await asha.data(asha.post<Purchase>(`${mill}/purchases`, paddy))
    const purchase = await asha.data(asha.patch<Purchase>(`${mill}/purchases/${id}`, { version: 1, quantityKg: 1_000 }))
    expect(await told('purchase:updated')).toEqual({ purchase, updatedBy: asha.by })
    expect(purchase).toMatchObject({ quantityKg: 1_000, amountPaise: 2_300_000, version: 2 })

    expect((await ravi.delete(`${mill}/purchases/${id}`)).body).toEqual({
      success: true,
      data: null,
      message: 'Purchase deleted successfully',
    })
    expect(await told('purchase:deleted')).toEqual({ purchaseId: id, deletedBy: ravi.by })
  })

  it('[DLV2] hears `sale:created`, `sale:updated` and `sale:deleted`', async () => {
    const created = await asha.data(asha.post<Sale>(`${mill}/sales`, rice))
    expect(await told('sale:created')).toEqual({ sale: created, createdBy: asha.by })
    const updated = await asha.data(asha.patch<Sale>(`${mill}/sales/${created.id}`, { version: 1, stockType: 'bran', quantityKg: 10 }))
    expect(await told('sale:updated')).toEqual({ sale: updated, updatedBy: asha.by })
    await asha.data(asha.delete(`${mill}/sales/${created.id}`))
    expect(await told('sale:deleted')).toEqual({ saleId: created.id, deletedBy: asha.by })
  })

  it('[DLV2] hears `inward:created`, `outward:created` and `stock:updated`', async () => {
    const inward = await asha.data(
      asha.post<{ id: string }>(`${mill}/movements`, {
        direction: 'inward',
        stockType: 'bran',
        quantityKg: 70,
        reason: 'returned by a buyer',
      }),
    )
    expect(await told('inward:created')).toEqual({ inward, createdBy: asha.by })
    const outward = await ravi.data(
      ravi.post<{ id: string }>(`${mill}/movements`, {
        direction: 'outward',
        stockType: 'bran',
        quantityKg: 30,
        reason: 'spoilt',
        vehicle: 'TN 49 1234',
      }),
    )
    expect(await told('outward:created')).toEqual({ outward, createdBy: ravi.by })

    const causedBy = (id: string) => (payload: { cause: { id: string } }) => payload.cause.id === id
    const stock = (await asha.data(asha.get<Stock[]>(`${mill}/stock`))).find(({ stockType }) => stockType === 'bran')
    expect(await told('stock:updated', causedBy(outward.id))).toEqual({
      stock,
      change: -30,
      cause: { entity: 'outward', id: outward.id },
      updatedBy: ravi.by,
    })
    expect(await told('stock:updated', causedBy(inward.id))).toMatchObject({ change: 70, cause: { entity: 'inward', id: inward.id } })
  })

  it('[DLV2] hears `milling:started` and `milling:completed`', async () => {
    const started = await asha.data(asha.post<Batch>(`${mill}/batches`, { paddyKg: 100 }))
    expect(await told('milling:started')).toEqual({ batch: started, startedBy: asha.by })
    const completed = await ravi.data(
      ravi.post<Batch>(`${mill}/batches/${started.id}/complete`, { version: 1, riceKg: 65, brokenRiceKg: 4, branKg: 8, huskKg: 20 }),
    )
    expect(await told('milling:completed')).toEqual({ batch: completed, completedBy: ravi.by })
    expect(completed).toMatchObject({ status: 'completed', version: 2, riceKg: 65, completedBy: ravi.by })
  })

  it('[DLV2] hears `payment:made`, `payment:received` and `receipt:created`', async () => {
    type Entered = { payment: Payment; receipt: Receipt | null }
    const made = await asha.data(
      asha.post<Entered>(`${mill}/payments`, { direction: 'made', party: 'Kaveri Growers', amountPaise: 100_000, method: 'bank' }),
    )
    expect(await told('payment:made')).toEqual({ payment: made.payment, createdBy: asha.by })
    expect(made.receipt).toBeNull()
    const received = await ravi.data(
      ravi.post<Entered>(`${mill}/payments`, { direction: 'received', party: 'Nalla Stores', amountPaise: 50_000, method: 'upi' }),
    )
    expect(await told('payment:received')).toEqual({ payment: received.payment, createdBy: ravi.by })
    expect(await told('receipt:created')).toEqual({ receipt: received.receipt, createdBy: ravi.by })
  })

  it('[DLV2] hears `staff:joined`, `attendance:marked` and `staff:left`', async () => {
    const staff = await asha.data(asha.post<StaffMember>(`${mill}/staff`, { name: 'Anjali', duty: 'loader', dailyWagePaise: 55_000 }))
    expect(await told('staff:joined')).toEqual({ staff, addedBy: asha.by })
    const attendance = await ravi.data(ravi.post(`${mill}/attendance`, { staffId: staff.id, status: 'present' }))
    expect(await told('attendance:marked')).toEqual({ attendance, markedBy: ravi.by })
    const left = await asha.data(asha.post<StaffMember>(`${mill}/staff/${staff.id}/leave`))
    expect(await told('staff:left')).toEqual({ staff: left, removedBy: asha.by })
    expect(left.leftOn).not.toBeNull()
  })

  it('[ALR1] hears `stock:low-alert` once per crossing, with its severity', async () => {
    const rows = await asha.data(asha.get<Stock[]>(`${mill}/stock`))
    const { quantity, minStockLevel } = rows.find(({ stockType }) => stockType === 'broken-rice') ?? { quantity: 0, minStockLevel: 0 }
    const send = (quantityKg: number) =>
      asha.data(asha.post(`${mill}/movements`, { direction: 'outward', stockType: 'broken-rice', quantityKg, reason: 'sent to mill-3' }))
    const ofIt = (severity: string) => (payload: { stockType: string; severity: string }) =>
      payload.stockType === 'broken-rice' && payload.severity === severity

    await send(quantity - minStockLevel)
    expect(await told('stock:low-alert', ofIt('medium'))).toEqual({
      stockType: 'broken-rice',
      currentQuantity: minStockLevel,
      minLevel: minStockLevel,
      severity: 'medium',
    })
    await send(1)
    await send(minStockLevel / 2 - 1)
    expect(await told('stock:low-alert', ofIt('high'))).toMatchObject({ currentQuantity: minStockLevel / 2 })
    await send(minStockLevel / 2)
    expect(await told('stock:low-alert', ofIt('critical'))).toMatchObject({ currentQuantity: 0 })
    expect(client.heard.filter(({ event, args }) => event === 'stock:low-alert' && ofIt('medium')(args[0] as never))).toHaveLength(1)
  })

  it('[DLV2] hears `activity:new` and fresh `dashboard:stats` with each change', async () => {
    const purchase = await asha.data(asha.post<Purchase>(`${mill}/purchases`, paddy))
    expect(await told('activity:new', (activity: { entityId: string }) => activity.entityId === purchase.id)).toEqual({
      _id: expect.any(String),
      id: expect.any(String),
      millId: 'mill-1',
      number: expect.any(Number),
      user: asha.by,
      action: 'created',
      entity: 'purchase',
      entityId: purchase.id,
      message: `${asha.user.name} bought 900 kg of paddy from Kaveri Growers`,
      at: expect.any(Number),
    })
    const stats = await asha.data(asha.get<DashboardStats>(`${mill}/dashboard`))
    const asPublished = await told('dashboard:stats', (payload: DashboardStats) => payload.at >= purchase.createdAt)
    expect(asPublished).toEqual({ ...stats, at: expect.any(Number) })
  })

  it('answers the five client events as the reference does', async () => {
    client.socket.emit('join:mill', 'mill-1')
    expect(await told('joined:mill')).toEqual({ millId: 'mill-1' })
    client.socket.emit('request:dashboard', 'mill-1')
    const before = client.countOf('dashboard:stats')
    await client.next('dashboard:stats', () => client.countOf('dashboard:stats') > before)

    using other = await connect(test.url, asha.token)
    client.socket.emit('activity:typing', { millId: 'mill-1', entity: 'purchase', action: 'creating' })
    expect(await other.next('activity:typing')).toEqual([{ user: ravi.by, entity: 'purchase', action: 'creating' }])
    client.socket.emit('activity:stop-typing', { millId: 'mill-1' })
    expect(await other.next('activity:stop-typing')).toEqual([{ user: ravi.by }])
    expect(client.countOf('activity:typing')).toBe(0)
    // Said by the other, so that the client of all these tests has heard them, too.
    other.socket.emit('activity:typing', { millId: 'mill-1', entity: 'sale', action: 'editing' })
    expect(await told('activity:typing')).toEqual({ user: asha.by, entity: 'sale', action: 'editing' })
    other.socket.emit('activity:stop-typing', { millId: 'mill-1' })
    expect(await told('activity:stop-typing')).toEqual({ user: asha.by })

    other.socket.emit('leave:mill', 'mill-1')
    expect(await other.next('left:mill')).toEqual([{ millId: 'mill-1' }])
  })

  it('is refused another mill with `error`', async () => {
    client.socket.emit('join:mill', 'mill-2')
    expect(await told('error')).toEqual({ message: 'Access denied to this mill' })
  })

  it('has now heard each of the 25 events of the contract', () => {
    const names = new Set([contract.channels.mill, contract.channels.user].flatMap(({ definition }) => Object.keys(definition.events)))
    for (const name of Object.keys(contract.direct)) names.add(name)
    expect(names.size).toBe(25)
    expect([...names].filter((name) => client.countOf(name) === 0)).toEqual([])
  })
})
