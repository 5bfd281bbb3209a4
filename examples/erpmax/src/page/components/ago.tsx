import type { ReactNode } from 'react'
import { exactTime, relativeTime } from '../format/time.ts'
import { useNow } from '../hooks/use-now.ts'

/** How long ago; the exact time on hover. */
export function Ago({ time, className = 'soft' }: { readonly time: number; readonly className?: string }): ReactNode {
  const now = useNow()
  return (
    <time className={className} dateTime={new Date(time).toISOString()} title={exactTime(time)}>
      {relativeTime(time, now)}
    </time>
  )
}
