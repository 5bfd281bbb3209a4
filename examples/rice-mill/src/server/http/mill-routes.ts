import { z } from 'zod'
import * as inputs from '../../contract/inputs.ts'
import { day } from '../../contract/records.ts'
import { listActivity } from '../activity.ts'
import { listAttendance, markAttendance } from '../attendance.ts'
import { millStats } from '../dashboard.ts'
import { completeBatch, listBatches, startBatch } from '../milling.ts'
import { createMovement, listMovements } from '../movements.ts'
import { enterPayment, listPayments, listReceipts } from '../payments.ts'
import { parse } from '../problem.ts'
import { createPurchase, deletePurchase, getPurchase, listPurchases, updatePurchase } from '../purchases.ts'
import * as queries from '../rows/queries.ts'
import { createSale, deleteSale, getSale, listSales, updateSale } from '../sales.ts'
import { addStaffMember, listStaff, staffMemberLeaves } from '../staff.ts'
import { listStock } from '../stock.ts'
import { created, ok } from './answer.ts'
import type { Routes } from './routes.ts'

const staffQuery = z.object({ all: z.enum(['true', 'false']).optional() })
const attendanceQuery = z.object({ day: day.optional() })

/** One mill's business: each route checks what it was sent, and leaves the rest to the service. */
export function addMillRoutes({ inMill }: Routes): void {
  inMill('get', '/purchases', (at, { query }) => ok(listPurchases(at, parse(queries.purchaseQuery, query))))
  inMill('get', '/purchases/:id', (at, { params }) => ok(getPurchase(at, params.id ?? '')))
  inMill('post', '/purchases', (at, { body }) =>
    created(createPurchase(at, parse(inputs.newPurchase, body)), 'Purchase created successfully'),
  )
  inMill('patch', '/purchases/:id', (at, { params, body }) =>
    ok(updatePurchase(at, params.id ?? '', parse(inputs.purchaseUpdate, body)), 'Purchase updated successfully'),
  )
  inMill('delete', '/purchases/:id', (at, { params }) => ok(deletePurchase(at, params.id ?? ''), 'Purchase deleted successfully'))

  inMill('get', '/sales', (at, { query }) => ok(listSales(at, parse(queries.saleQuery, query))))
  inMill('get', '/sales/:id', (at, { params }) => ok(getSale(at, params.id ?? '')))
  inMill('post', '/sales', (at, { body }) => created(createSale(at, parse(inputs.newSale, body)), 'Sale created successfully'))
  inMill('patch', '/sales/:id', (at, { params, body }) =>
    ok(updateSale(at, params.id ?? '', parse(inputs.saleUpdate, body)), 'Sale updated successfully'),
  )
  inMill('delete', '/sales/:id', (at, { params }) => ok(deleteSale(at, params.id ?? ''), 'Sale deleted successfully'))

  inMill('get', '/stock', ({ db, millId }) => ok(listStock(db, millId)))
  inMill('get', '/movements', (at, { query }) => ok(listMovements(at, parse(queries.movementQuery, query))))
  inMill('post', '/movements', (at, { body }) =>
    created(createMovement(at, parse(inputs.newMovement, body)), 'Movement created successfully'),
  )

  inMill('get', '/batches', (at, { query }) => ok(listBatches(at, parse(queries.batchQuery, query))))
  inMill('post', '/batches', (at, { body }) => created(startBatch(at, parse(inputs.newBatch, body)), 'Milling started'))
  inMill('post', '/batches/:id/complete', (at, { params, body }) =>
    ok(completeBatch(at, params.id ?? '', parse(inputs.batchCompletion, body)), 'Milling completed'),
  )

  inMill('get', '/payments', (at, { query }) => ok(listPayments(at, parse(queries.paymentQuery, query))))
  inMill('post', '/payments', (at, { body }) => created(enterPayment(at, parse(inputs.newPayment, body)), 'Payment entered successfully'))
  inMill('get', '/receipts', (at, { query }) => ok(listReceipts(at, parse(queries.receiptQuery, query))))

  inMill('get', '/staff', (at, { query }) => ok(listStaff(at, parse(staffQuery, query).all === 'true')))
  inMill('post', '/staff', (at, { body }) => created(addStaffMember(at, parse(inputs.newStaffMember, body)), 'Staff member added'))
  inMill('post', '/staff/:id/leave', (at, { params, body }) =>
    ok(staffMemberLeaves(at, params.id ?? '', parse(inputs.staffLeave, body)), 'Staff member left'),
  )
  inMill('get', '/attendance', (at, { query }) => ok(listAttendance(at, parse(attendanceQuery, query).day)))
  inMill('post', '/attendance', (at, { body }) => created(markAttendance(at, parse(inputs.attendanceMark, body)), 'Attendance marked'))

  inMill('get', '/activity', (at, { query }) => ok(listActivity(at, parse(queries.pageQuery, query))))
  inMill('get', '/dashboard', ({ db, millId, clock }) => ok(millStats(db, millId, clock.now())))
}
