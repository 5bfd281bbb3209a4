import { Badge, Button, Menu } from '@mantine/core'
import { useEvent, useGap } from '@millrace/react'
import type { ReactNode } from 'react'
import type { PlanId, Subscription } from '../../contract.ts'
import { Card } from '../components/card.tsx'
import { dateOf, daysUntil } from '../format/time.ts'
import { money, planNames, statusNames } from '../format/words.ts'
import { useAction } from '../hooks/use-action.ts'
import { useDesk } from '../hooks/use-desk.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import { useNow } from '../hooks/use-now.ts'
import './billing.css'

const colors = { trial: 'iris', active: 'teal', past_due: 'red' } as const satisfies Record<Subscription['status'], string>

/** What the company pays for, and until when. */
export function SubscriptionCard(): ReactNode {
  const { billing, rest, me } = useDesk()
  const { data, reload } = useLoaded('subscription', rest.subscription)
  const { data: plans = [] } = useLoaded('plans', rest.plans)
  useEvent(billing, 'subscription:updated', reload)
  useGap(billing, reload)
  const change = useAction(async (plan: PlanId) => {
    await rest.changePlan(plan)
    reload()
  })
  const now = useNow()
  if (data === undefined)
    return (
      <Card icon="card" title="Subscription">
        <p className="hint">Loading…</p>
      </Card>
    )
  const end = Date.parse(data.current_period_end)
  const left = daysUntil(end, now)
  return (
    <Card icon="card" title="Subscription" aside={<Badge color={colors[data.status]}>{statusNames[data.status]}</Badge>}>
      <div className="plan" data-plan={data.plan} data-status={data.status}>
        <div>
          <b className="plan-name">{planNames[data.plan]}</b>
          <span className="hint">{data.seats} seats</span>
        </div>
        <div className="plan-price num">
          <b>{money(data.amount, data.currency)}</b>
          <span className="hint"> / month</span>
        </div>
      </div>
      <div className="plan-foot">
        <span className="hint">
          {data.status === 'trial' ? 'Free until' : data.status === 'active' ? 'Paid until' : 'Ended on'} {dateOf(end)}
          {data.status !== 'past_due' && ` · ${left} ${left === 1 ? 'day' : 'days'} left`}
        </span>
        {me.role === 'OWNER' && (
          <Menu position="bottom-end" width={230} shadow="md">
            <Menu.Target>
              <Button size="xs" variant="default" loading={change.busy}>
                Change plan
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {plans.map(({ id, name, amount, currency, seats }) => (
                <Menu.Item
                  key={id}
                  disabled={id === data.plan}
                  onClick={() => void change.start(id)}
                  rightSection={<span className="soft num">{money(amount, currency)}</span>}
                >
                  {name} <span className="soft">· {seats} seats</span>
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
    </Card>
  )
}
