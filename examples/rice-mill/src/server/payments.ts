import { randomUUID } from 'node:crypto'
import type { NewPayment } from '../contract/inputs.ts'
import type { Payment, Receipt } from '../contract.ts'
import { recordActivity } from './activity.ts'
import { dayOf } from './calendar.ts'
import { publishDashboard } from './dashboard.ts'
import { type MillContext, requireMillAdmin } from './mill-context.ts'
import { formatRupees } from './money.ts'
import type { PaymentQuery, ReceiptQuery } from './rows/queries.ts'
import type { Page } from './rows/record-table.ts'
import { nextNumber, payments, receipts } from './rows/tables.ts'

export interface PaymentEntered {
  readonly payment: Payment
  /** What the payer is given; null for a payment that the mill has made. */
  readonly receipt: Receipt | null
}

export function enterPayment(at: MillContext, input: NewPayment): PaymentEntered {
  if (input.direction === 'made') requireMillAdmin(at)
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const now = at.clock.now()
    const id = randomUUID()
    const payment: Payment = {
      ...input,
      _id: id,
      id,
      millId: at.millId,
      number: nextNumber(db, at.millId, 'payment'),
      day: input.day ?? dayOf(now),
      createdAt: now,
      createdBy: by,
    }
    payments.insert(db, payment)
    const received = payment.direction === 'received'
    const amount = formatRupees(payment.amountPaise)
    void rt.publish(mill, received ? 'payment:received' : 'payment:made', { payment, createdBy: by }, { tx: db, actor: by })
    const receipt = received ? issueReceipt(at, payment) : null
    void rt.notify(
      { channel: mill },
      {
        type: 'info',
        title: received ? 'Payment received' : 'Payment made',
        message: received ? `${payment.party} paid ${amount}` : `${by.name} paid ${amount} to ${payment.party}`,
        data: { paymentId: id },
        document: `payment/${id}`,
      },
      { tx: db },
    )
    recordActivity(
      at,
      'created',
      'payment',
      id,
      received ? `received ${amount} from ${payment.party}` : `paid ${amount} to ${payment.party}`,
    )
    publishDashboard(at)
    return { payment, receipt }
  })
}

function issueReceipt(at: MillContext, { id: paymentId, day, party, amountPaise, method }: Payment): Receipt {
  const { db, rt, mill, by } = at
  const id = randomUUID()
  const receipt: Receipt = {
    _id: id,
    id,
    millId: at.millId,
    number: nextNumber(db, at.millId, 'receipt'),
    paymentId,
    day,
    party,
    amountPaise,
    method,
    createdAt: at.clock.now(),
    createdBy: by,
  }
  receipts.insert(db, receipt)
  void rt.publish(mill, 'receipt:created', { receipt, createdBy: by }, { tx: db, actor: by })
  return receipt
}

export function listPayments({ db, millId }: MillContext, { from, to, direction, ...page }: PaymentQuery): Page<Payment> {
  return payments.page(db, millId, page, [
    { column: 'day', is: '>=', value: from },
    { column: 'day', is: '<=', value: to },
    { column: 'direction', is: '=', value: direction },
  ])
}

export function listReceipts({ db, millId }: MillContext, { from, to, ...page }: ReceiptQuery): Page<Receipt> {
  return receipts.page(db, millId, page, [
    { column: 'day', is: '>=', value: from },
    { column: 'day', is: '<=', value: to },
  ])
}
