import { useComputedColorScheme } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useEvent, useGap } from '@millrace/react'
import type { ReactNode } from 'react'
import { Toaster, toast } from 'sonner'
import { useLocation } from 'wouter'
import { deedOf } from '../components/activity-words.ts'
import { kilograms } from '../format/weight.ts'
import { counted, severityNames, stockNames } from '../format/words.ts'
import { useMill } from '../hooks/use-mill.ts'
import { everyoneChannel, userChannel } from '../live/channels.ts'
import { pathOf } from '../places.ts'
import { useMe } from '../session/use-session.ts'
import { useCaughtUp } from './use-caught-up.ts'
import './toasts.css'

/** What the others do, as it happens; and in one line what they did while the connection was away. */
export function Toasts(): ReactNode {
  const { channel } = useMill()
  const me = useMe()
  const [location, goTo] = useLocation()
  const scheme = useComputedColorScheme()
  const phone = useMediaQuery('(max-width: 47.99em)')
  const missed = useCaughtUp((count) => {
    toast.success('The connection is back', {
      description:
        count === 0 ? 'Nothing had happened meanwhile.' : `${counted(count, 'thing')} happened meanwhile: all of it is here now.`,
    })
  })

  useEvent(channel, 'activity:new', (activity, { actor, time }) => {
    if (actor?.id === me.id) return
    if (missed(time)) return
    const path = activity.action === 'deleted' ? null : pathOf(activity.entity, activity.entityId)
    // The record is open: the form itself says what has become of it.
    if (location === path) return
    toast(activity.user.name, {
      description: deedOf(activity),
      ...(path !== null && { action: { label: 'Open', onClick: () => goTo(path) } }),
    })
  })
  useEvent(channel, 'stock:low-alert', ({ stockType, currentQuantity, minLevel, severity }, { time }) => {
    if (missed(time)) return
    const show = severity === 'medium' ? toast.warning : toast.error
    show(`${stockNames[stockType]}: ${severityNames[severity].toLowerCase()}`, {
      description: `${kilograms(currentQuantity)} left, the minimum is ${kilograms(minLevel)}`,
      duration: 8_000,
      ...(location !== '/stock' && { action: { label: 'Open', onClick: () => goTo('/stock') } }),
    })
  })
  useGap(channel, () => {
    toast.info('You were away for long', { description: 'The lists have been loaded anew.' })
  })

  const announced = (notice: Notice, { time }: { readonly time: number }) => {
    // What the mill's own business tells has its own toast; this is what people write to each other.
    if (typeof notice.data.from !== 'string' || notice.data.from === me.name || missed(time)) return
    toast.info(notice.title, { description: `${notice.message} (${notice.data.from})`, duration: 8_000 })
  }
  useEvent(channel, 'notification', announced)
  useEvent(userChannel(me.id), 'notification', announced)
  useEvent(everyoneChannel(), 'notification', announced)

  // Forms come in from the right, and have their buttons at the bottom: what pops up leaves both alone.
  return (
    <Toaster
      theme={scheme}
      position={phone ? 'top-center' : 'bottom-left'}
      closeButton
      toastOptions={{ classNames: { toast: 'toast', actionButton: 'toast-action' } }}
      offset={{ left: 260, bottom: 24 }}
      mobileOffset={{ top: 68 }}
    />
  )
}

interface Notice {
  readonly title: string
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
}
