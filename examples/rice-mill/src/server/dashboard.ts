import { contract, type DashboardStats, type DayFigures } from '../contract.ts'
import type { App } from './app.ts'
import { addDays, dayOf } from './calendar.ts'
import { all, type Database, one } from './database.ts'
import { listStock } from './stock.ts'

const chartDays = 14

type Figures = Omit<DayFigures, 'day'>
const noFigures: Figures = { purchasedKg: 0, purchasedPaise: 0, soldKg: 0, soldPaise: 0, milledKg: 0, receivedPaise: 0, paidPaise: 0 }

const figuresByDay = `
  select day, sum(quantityKg) as purchasedKg, sum(amountPaise) as purchasedPaise, 0 as soldKg, 0 as soldPaise, 0 as milledKg, 0 as receivedPaise, 0 as paidPaise
    from purchases where millId = ?1 and day between ?2 and ?3 group by day
  union all
  select day, 0, 0, sum(quantityKg), sum(amountPaise), 0, 0, 0 from sales where millId = ?1 and day between ?2 and ?3 group by day
  union all
  select completedOn, 0, 0, 0, 0, sum(paddyKg), 0, 0 from batches where millId = ?1 and completedOn between ?2 and ?3 group by completedOn
  union all
  select day, 0, 0, 0, 0, 0, sum(amountPaise) filter (where direction = 'received'), sum(amountPaise) filter (where direction = 'made')
    from payments where millId = ?1 and day between ?2 and ?3 group by day`

function readDays(db: Database, millId: string, today: string): DayFigures[] {
  const first = addDays(today, 1 - chartDays)
  const figures = new Map<string, Figures>()
  for (const { day, ...part } of all<{ day: string } & { [K in keyof Figures]: number | null }>(db, figuresByDay, millId, first, today)) {
    const sum = { ...(figures.get(day) ?? noFigures) }
    for (const key of Object.keys(sum) as (keyof Figures)[]) sum[key] += part[key] ?? 0
    figures.set(day, sum)
  }
  return Array.from({ length: chartDays }, (_, index) => {
    const day = addDays(first, index)
    return { day, ...(figures.get(day) ?? noFigures) }
  })
}

const totals = `select
  (select coalesce(sum(amountPaise), 0) from sales where millId = ?1) - (select coalesce(sum(amountPaise), 0) from payments where millId = ?1 and direction = 'received') as receivablePaise,
  (select coalesce(sum(amountPaise), 0) from purchases where millId = ?1) - (select coalesce(sum(amountPaise), 0) from payments where millId = ?1 and direction = 'made') as payablePaise,
  (select count(*) from batches where millId = ?1 and status = 'running') as runningBatches,
  (select count(*) from staff where millId = ?1 and leftOn is null) as total,
  (select count(*) from attendance where millId = ?1 and day = ?2 and status <> 'absent') as present,
  (select count(*) from attendance where millId = ?1 and day = ?2 and status = 'absent') as absent`

type Totals = Pick<DashboardStats, 'receivablePaise' | 'payablePaise' | 'runningBatches'> & DashboardStats['staff']

/** The figures of a mill's dashboard, as they are now. */
export function millStats(db: Database, millId: string, now: number): DashboardStats {
  const today = dayOf(now)
  const days = readDays(db, millId, today)
  const sums = one<Totals>(db, totals, millId, today)
  const todaysFigures = days.at(-1)
  if (sums === null || todaysFigures === undefined) throw new Error('the totals have one row, the chart has a day')
  const { receivablePaise, payablePaise, runningBatches, ...staff } = sums
  return { millId, at: now, today: todaysFigures, days, stock: listStock(db, millId), runningBatches, receivablePaise, payablePaise, staff }
}

/** Publishes fresh figures; the newest are kept, and given to whoever comes. The last step of the caller's transaction. */
export function publishDashboard({ db, rt, clock, millId }: App & { readonly millId: string }): void {
  void rt.publish(contract.channels.mill({ millId }), 'dashboard:stats', millStats(db, millId, clock.now()), { tx: db })
}

/** Brings every mill's figures up to date: the day may have changed while nobody worked. */
export function publishAllDashboards(app: App): void {
  for (const { id } of all<{ id: string }>(app.db, 'select id from mills'))
    app.db.transaction(() => publishDashboard({ ...app, millId: id })).immediate()
}
