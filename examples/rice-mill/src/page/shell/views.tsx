import { type ComponentType, lazy, type ReactNode, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { RowsSkeleton } from '../components/list-state.tsx'
import { useMe } from '../session/use-session.ts'
import { NotFound } from '../views/not-found.tsx'

interface ViewProps {
  readonly record: string | undefined
}
type View = ComponentType<ViewProps>

/** Each view is fetched by itself. */
const loaders = {
  '/': () => import('../views/dashboard.tsx').then(({ Dashboard }): View => Dashboard),
  '/purchases': () => import('../views/purchases.tsx').then(({ Purchases }): View => Purchases),
  '/sales': () => import('../views/sales.tsx').then(({ Sales }): View => Sales),
  '/stock': () => import('../views/stock.tsx').then(({ Stock }): View => Stock),
  '/milling': () => import('../views/milling.tsx').then(({ Milling }): View => Milling),
  '/money': () => import('../views/money.tsx').then(({ Money }): View => Money),
  '/staff': () => import('../views/staff.tsx').then(({ Staff }): View => Staff),
  '/activity': () => import('../views/activity.tsx').then(({ Activity }): View => Activity),
  '/people': () => import('../views/people.tsx').then(({ People }): View => People),
}

const views = Object.entries(loaders).map(([path, load]) => ({
  path,
  View: lazy(() => load().then((view) => ({ default: view }))),
}))

const charts = [() => import('../charts/days-chart.tsx'), () => import('../charts/stock-chart.tsx')]

/** Fetches all views when the browser has time. One that fails now is fetched when it is opened. */
export function preloadViews(): () => void {
  const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 300))
  const cancel = window.cancelIdleCallback ?? clearTimeout
  const handle = idle(() => {
    for (const load of [...Object.values(loaders), ...charts]) load().catch(() => {})
  })
  return () => cancel(handle)
}

export function Views(): ReactNode {
  const me = useMe()
  return (
    <Suspense fallback={<RowsSkeleton rows={8} />}>
      <Switch>
        {views
          .filter(({ path }) => path !== '/people' || me.role === 'SUPER_ADMIN')
          .map(({ path, View }) => (
            <Route key={path} path={path === '/' ? '/' : `${path}/:record?`}>
              {(params) => <View record={'record' in params ? params.record : undefined} />}
            </Route>
          ))}
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  )
}
