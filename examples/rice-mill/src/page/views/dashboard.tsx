import { Anchor, Button, SegmentedControl, Skeleton } from '@mantine/core'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { Link } from 'wouter'
import { messageOf } from '../api/api-error.ts'
import type { Measure } from '../charts/days-chart.tsx'
import { Sparkline } from '../charts/sparkline.tsx'
import { ActivityList } from '../components/activity-list.tsx'
import { EmptyState } from '../components/list-state.tsx'
import { ViewHeader } from '../components/view-header.tsx'
import { Figure } from '../dashboard/figure.tsx'
import { LowStock } from '../dashboard/low-stock.tsx'
import { latestRates, stockValue } from '../dashboard/stock-value.ts'
import { TryIt } from '../dashboard/try-it.tsx'
import { money, wholeMoney } from '../format/money.ts'
import { kilograms, quintals } from '../format/weight.ts'
import { useDashboard } from '../hooks/use-dashboard.ts'
import { useMill } from '../hooks/use-mill.ts'
import { usePurchases, useSales } from '../hooks/use-records.ts'
import './dashboard.css'

const DaysChart = lazy(() => import('../charts/days-chart.tsx').then(({ DaysChart }) => ({ default: DaysChart })))
const StockChart = lazy(() => import('../charts/stock-chart.tsx').then(({ StockChart }) => ({ default: StockChart })))

const measures: { value: Measure; label: string }[] = [
  { value: 'kg', label: 'kg' },
  { value: 'rupees', label: '₹' },
]

/** The mill at a glance, and as it is now. */
export function Dashboard(): ReactNode {
  const { mill } = useMill()
  const { stats, error, retry } = useDashboard()
  const purchases = usePurchases()
  const sales = useSales()
  const [measure, setMeasure] = useState<Measure>('kg')
  const traded = purchases.status !== 'loading' && sales.status !== 'loading'
  const value = stats === undefined || !traded ? undefined : stockValue(stats.stock, latestRates(purchases.rows, sales.rows))
  const today = stats?.today
  const cash = today === undefined ? undefined : today.receivedPaise - today.paidPaise

  if (stats === undefined && error !== undefined)
    return (
      <EmptyState
        icon="offline"
        title="The dashboard could not be loaded"
        hint={messageOf(error)}
        action={<Button onClick={retry}>Try again</Button>}
      />
    )

  return (
    <>
      <ViewHeader title="Dashboard" subtitle={`${mill.name}, ${mill.place}`}>
        <Button component={Link} href="/purchases/new" variant="light" className="only-wide">
          New purchase
        </Button>
        <Button component={Link} href="/sales/new" variant="light" color="grain" className="only-wide">
          New sale
        </Button>
      </ViewHeader>
      <TryIt />
      <div className="figures">
        <Figure
          name="Purchases today"
          icon="purchase"
          to="/purchases"
          value={today?.purchasedPaise}
          format={wholeMoney}
          detail={today && quintals(today.purchasedKg)}
        >
          {stats && <Sparkline values={stats.days.map(({ purchasedPaise }) => purchasedPaise)} color="var(--buy)" />}
        </Figure>
        <Figure
          name="Sales today"
          icon="sale"
          tone="sell"
          to="/sales"
          value={today?.soldPaise}
          format={wholeMoney}
          detail={today && quintals(today.soldKg)}
        >
          {stats && <Sparkline values={stats.days.map(({ soldPaise }) => soldPaise)} color="var(--sell)" />}
        </Figure>
        <Figure name="Stock value" icon="stock" to="/stock" value={value} format={wholeMoney} detail="at the last rates" />
        <Figure
          name="Milling"
          icon="batch"
          tone="milled"
          to="/milling"
          value={stats?.runningBatches}
          format={(count) => `${Math.round(count)} running`}
          detail={today && `${kilograms(today.milledKg)} milled today`}
        />
        <Figure
          name="Cash today"
          icon="cash"
          to="/money"
          value={cash}
          format={wholeMoney}
          detail={today && <span title={`Received ${money(today.receivedPaise)}, paid ${money(today.paidPaise)}`}>received less paid</span>}
        />
      </div>
      <div className="dashboard">
        <section className="card dashboard-days">
          <div className="card-head">
            <h2 className="card-title">Bought and sold</h2>
            <span className="legend">
              <span>
                <i style={{ background: 'var(--buy)' }} />
                Bought
              </span>
              <span>
                <i style={{ background: 'var(--sell)' }} />
                Sold
              </span>
            </span>
            <SegmentedControl aria-label="Measure" size="xs" data={measures} value={measure} onChange={setMeasure} />
          </div>
          <Suspense fallback={<Skeleton height={250} />}>
            {stats === undefined ? <Skeleton height={250} /> : <DaysChart days={stats.days} measure={measure} />}
          </Suspense>
        </section>
        <section className="card dashboard-stock">
          <div className="card-head">
            <h2 className="card-title">Stock against its minimum</h2>
          </div>
          <Suspense fallback={<Skeleton height={250} />}>
            {stats === undefined ? <Skeleton height={250} /> : <StockChart stock={stats.stock} />}
          </Suspense>
        </section>
        <section className="card dashboard-feed">
          <div className="card-head">
            <h2 className="card-title">Just now</h2>
            <Anchor component={Link} href="/activity" size="sm">
              All activity
            </Anchor>
          </div>
          <ActivityList limit={7} />
        </section>
        <div className="dashboard-side">
          <LowStock stock={stats?.stock} />
          <section className="card dashboard-open">
            <h2 className="card-title">Open accounts</h2>
            <dl className="facts">
              <div>
                <dt>Sold, not yet received</dt>
                <dd>{stats === undefined ? '–' : wholeMoney(stats.receivablePaise)}</dd>
              </div>
              <div>
                <dt>Bought, not yet paid</dt>
                <dd>{stats === undefined ? '–' : wholeMoney(stats.payablePaise)}</dd>
              </div>
              <div>
                <dt>Staff here today</dt>
                <dd>{stats === undefined ? '–' : `${stats.staff.present} of ${stats.staff.total}`}</dd>
              </div>
            </dl>
          </section>
        </div>
      </div>
    </>
  )
}
