import { Button, Skeleton, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { messageOf } from '../api/api-error.ts'
import { Icon, type IconName } from './icon.tsx'
import './list-state.css'

interface ListStateProps {
  readonly status: 'idle' | 'loading' | 'live' | 'stale' | 'failed' | 'refused'
  readonly error: unknown
  readonly count: number
  readonly empty: { readonly icon: IconName; readonly title: string; readonly hint: ReactNode; readonly action?: ReactNode }
  readonly onRetry: () => void
  readonly skeletonRows?: number
  readonly children: ReactNode
}

/** A list while it loads, when it is empty, when it failed; else the list, dimmed while it is of before. */
export function ListState({ status, error, count, empty, onRetry, skeletonRows = 6, children }: ListStateProps): ReactNode {
  if (status === 'refused')
    return (
      <EmptyState
        icon="offline"
        title="This mill is closed to you"
        hint="Your rights have changed. Ask an administrator, or sign in again."
      />
    )
  if (count === 0 && status === 'failed')
    return (
      <EmptyState
        icon="offline"
        title="This could not be loaded"
        hint={messageOf(error)}
        action={<Button onClick={onRetry}>Try again</Button>}
      />
    )
  if (count === 0 && (status === 'loading' || status === 'idle')) return <RowsSkeleton rows={skeletonRows} />
  if (count === 0) return <EmptyState {...empty} />
  return (
    <div className="list-state" data-status={status} aria-busy={status === 'stale'}>
      {children}
    </div>
  )
}

export function EmptyState({ icon, title, hint, action }: ListStateProps['empty']): ReactNode {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} size={26} />
      </span>
      <Text fw={600}>{title}</Text>
      <Text size="sm" c="dimmed" maw={380}>
        {hint}
      </Text>
      {action}
    </div>
  )
}

export function RowsSkeleton({ rows }: { readonly rows: number }): ReactNode {
  return (
    <div className="rows-skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a skeleton have no other name
        <div key={row} className="row-skeleton">
          <Skeleton height={14} width={`${32 + ((row * 17) % 24)}%`} />
          <Skeleton height={14} width={`${12 + ((row * 7) % 8)}%`} />
          <Skeleton height={14} width="14%" />
        </div>
      ))}
    </div>
  )
}
