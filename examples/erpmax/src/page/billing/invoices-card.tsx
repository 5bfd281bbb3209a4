import { Badge, Button } from '@mantine/core'
import { useEvent, useGap } from '@millrace/react'
import type { ReactNode } from 'react'
import type { Invoice } from '../../contract.ts'
import { Card } from '../components/card.tsx'
import { dateOf } from '../format/time.ts'
import { money, planNames } from '../format/words.ts'
import { useAction } from '../hooks/use-action.ts'
import { useDesk } from '../hooks/use-desk.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import './billing.css'

const colors = { open: 'orange', paid: 'teal', void: 'gray' } as const satisfies Record<Invoice['status'], string>
const names = { open: 'Open', paid: 'Paid', void: 'Void' } as const satisfies Record<Invoice['status'], string>

/** Every invoice, with the button that pays it. Whoever of the tenant pays, all see it. */
export function InvoicesCard(): ReactNode {
  const { billing, rest } = useDesk()
  const { data: invoices, reload } = useLoaded('invoices', rest.invoices)
  useEvent(billing, 'payment:received', reload)
  useEvent(billing, 'subscription:updated', reload)
  useEvent(billing, 'subscription:expiring', reload)
  useGap(billing, reload)
  const pay = useAction(async (invoice_id: string) => {
    await rest.pay({ invoice_id, method: 'card' })
    reload()
  })
  return (
    <Card icon="receipt" title="Invoices">
      {invoices === undefined ? (
        <p className="hint">Loading…</p>
      ) : (
        <table className="invoices">
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col">Plan</th>
              <th scope="col" className="invoices-date">
                Date
              </th>
              <th scope="col" className="invoices-amount">
                Amount
              </th>
              <th scope="col">
                <span className="invoices-state">State</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {invoices.map(({ id, number, plan, created_at, amount, currency, status }) => (
              <tr key={id} data-status={status}>
                <td>{number}</td>
                <td>{planNames[plan]}</td>
                <td className="invoices-date">{dateOf(Date.parse(created_at))}</td>
                <td className="invoices-amount">{money(amount, currency)}</td>
                <td className="invoices-end">
                  {status === 'open' ? (
                    <Button size="xs" loading={pay.busy} onClick={() => void pay.start(id)} aria-label={`Pay ${number}`}>
                      Pay now
                    </Button>
                  ) : (
                    <Badge color={colors[status]}>{names[status]}</Badge>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  )
}
