import { Button, SegmentedControl } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import type { Payment, Receipt } from '../../contract.ts'
import { Ago } from '../components/ago.tsx'
import { ListState } from '../components/list-state.tsx'
import { NewButton } from '../components/new-button.tsx'
import { OlderButton } from '../components/older-button.tsx'
import { type Column, RecordTable } from '../components/record-table.tsx'
import { ViewHeader } from '../components/view-header.tsx'
import { money, wholeMoney } from '../format/money.ts'
import { shortDayName } from '../format/time.ts'
import { methodNames } from '../format/words.ts'
import { useDashboard } from '../hooks/use-dashboard.ts'
import { usePayments, useReceipts } from '../hooks/use-records.ts'
import { PaymentEntry } from '../money/payment-entry.tsx'
import './money.css'

const paymentColumns: readonly Column<Payment>[] = [
  {
    name: 'Party',
    cell: ({ party, method, note }) => (
      <>
        <b>{party}</b>
        <small>
          {methodNames[method]}
          {note !== '' && ` · ${note}`}
        </small>
      </>
    ),
  },
  {
    name: 'Amount',
    end: true,
    cell: ({ direction, amountPaise }) => (
      <b style={{ color: direction === 'received' ? 'var(--buy)' : 'var(--warn)' }}>
        {direction === 'received' ? '+' : '−'}
        {money(amountPaise)}
      </b>
    ),
  },
  { name: 'Day', end: true, wide: true, cell: ({ day }) => shortDayName(day) },
  {
    name: 'Entered',
    wide: true,
    cell: ({ createdBy, createdAt }) => (
      <>
        {createdBy.name} <Ago time={createdAt} />
      </>
    ),
  },
]

const receiptColumns: readonly Column<Receipt>[] = [
  { name: 'No.', cell: ({ number }) => `#${number}` },
  {
    name: 'For',
    cell: ({ party, method }) => (
      <>
        <b>{party}</b>
        <small>{methodNames[method]}</small>
      </>
    ),
  },
  { name: 'Amount', end: true, cell: ({ amountPaise }) => <b>{money(amountPaise)}</b> },
  { name: 'Day', end: true, wide: true, cell: ({ day }) => shortDayName(day) },
]

type Shown = 'payments' | 'receipts'
const shownOptions: { value: Shown; label: string }[] = [
  { value: 'payments', label: 'Payments' },
  { value: 'receipts', label: 'Receipts' },
]

/** Money that came and went, and the receipts for it. */
export function Money({ record }: { readonly record: string | undefined }): ReactNode {
  const [, goTo] = useLocation()
  const [shown, setShown] = useState<Shown>('payments')
  const { stats } = useDashboard()
  const payments = usePayments()
  const receipts = useReceipts()
  const list = shown === 'payments' ? payments : receipts
  const create = () => goTo('/money/new')
  const figures = [
    { name: 'Received today', paise: stats?.today.receivedPaise },
    { name: 'Paid today', paise: stats?.today.paidPaise },
    { name: 'To be received', paise: stats?.receivablePaise },
    { name: 'To be paid', paise: stats?.payablePaise },
  ]
  return (
    <>
      <ViewHeader title="Money" subtitle="Payments and their receipts" entity="payment">
        <NewButton label="New payment" onClick={create} />
      </ViewHeader>
      <dl className="money-figures">
        {figures.map(({ name, paise }) => (
          <div key={name} className="card">
            <dt>{name}</dt>
            <dd>{paise === undefined ? '–' : wholeMoney(paise)}</dd>
          </div>
        ))}
      </dl>
      <section className="card table-card">
        <div className="card-head">
          <SegmentedControl aria-label="Show" data={shownOptions} value={shown} onChange={setShown} />
        </div>
        <ListState
          status={list.status}
          error={list.error}
          count={list.rows.length}
          onRetry={list.reload}
          empty={{
            icon: 'payment',
            title: `No ${shown} yet`,
            hint: 'Each payment received gets a receipt by itself.',
            action: <Button onClick={create}>New payment</Button>,
          }}
        >
          {shown === 'payments' ? (
            <RecordTable label="Payments" columns={paymentColumns} rows={payments.rows} settled={payments.status === 'live'} />
          ) : (
            <RecordTable label="Receipts" columns={receiptColumns} rows={receipts.rows} settled={receipts.status === 'live'} />
          )}
          {list.hasOlder && <OlderButton onClick={list.loadOlder} />}
        </ListState>
      </section>
      {record === 'new' && <PaymentEntry known={[...new Set(payments.rows.map(({ party }) => party))]} onClose={() => goTo('/money')} />}
    </>
  )
}
