import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Activity } from '../../contract.ts'
import { dayName, dayOf } from '../format/time.ts'
import { useFresh } from '../hooks/use-fresh.ts'
import { useNow } from '../hooks/use-now.ts'
import { useActivityFeed } from '../hooks/use-records.ts'
import { pathOf } from '../places.ts'
import { byDay } from '../trade/trade-filter.ts'
import { activityIcon, activityTone, deedOf } from './activity-words.ts'
import { Ago } from './ago.tsx'
import { Icon } from './icon.tsx'
import { ListState } from './list-state.tsx'
import { OlderButton } from './older-button.tsx'
import './activity-list.css'

interface Props {
  /** Only so many, without days; else all of them, day by day. */
  readonly limit?: number
}

/** What has happened in the mill, the newest first. */
export function ActivityList({ limit }: Props): ReactNode {
  const feed = useActivityFeed(limit)
  const fresh = useFresh(feed.rows, feed.status === 'live')
  const now = useNow()
  const shown = feed.rows.slice(0, limit)
  const line = (activity: Activity) => <ActivityLine key={activity.id} activity={activity} fresh={fresh.has(activity.id)} />
  return (
    <ListState
      status={feed.status}
      error={feed.error}
      count={shown.length}
      onRetry={feed.reload}
      skeletonRows={limit ?? 10}
      empty={{
        icon: 'activity',
        title: 'Nothing has happened yet',
        hint: 'Whatever anybody does in the mill appears here at once.',
        action: (
          <Button component={Link} href="/purchases/new" variant="light">
            Enter a purchase
          </Button>
        ),
      }}
    >
      {limit === undefined ? (
        byDay(shown.map((activity) => ({ activity, day: dayOf(activity.at) }))).map(({ day, rows }) => (
          <section key={day} aria-label={dayName(day, now)}>
            <h2 className="feed-day">{dayName(day, now)}</h2>
            <ol className="feed">{rows.map(({ activity }) => line(activity))}</ol>
          </section>
        ))
      ) : (
        <ol className="feed">{shown.map(line)}</ol>
      )}
      {limit === undefined && feed.hasOlder && <OlderButton onClick={feed.loadOlder} />}
    </ListState>
  )
}

function ActivityLine({ activity, fresh }: { readonly activity: Activity; readonly fresh: boolean }): ReactNode {
  const { user, entity, entityId, action, at } = activity
  const path = action === 'deleted' ? null : pathOf(entity, entityId)
  const words = (
    <>
      <b>{user.name}</b> {deedOf(activity)}
    </>
  )
  return (
    <li className="feed-line" data-fresh={fresh} data-tone={activityTone(activity)}>
      <span className="feed-icon">
        <Icon name={activityIcon(activity)} size={16} />
      </span>
      <span className="feed-words">{path === null ? words : <Link href={path}>{words}</Link>}</span>
      <Ago time={at} className="feed-time" />
    </li>
  )
}
