import { useComputedColorScheme } from '@mantine/core'
import { useEvent } from '@millrace/react'
import type { ReactNode } from 'react'
import { Toaster, toast } from 'sonner'
import { money, planNames } from '../format/words.ts'
import { useDesk } from '../hooks/use-desk.ts'
import { useCaughtUp } from './use-caught-up.ts'
import './toasts.css'

/** What happens, as it happens; and in one line how much happened while the connection was away. */
export function Toasts(): ReactNode {
  const { provisioning, billing } = useDesk()
  const scheme = useComputedColorScheme()
  const missed = useCaughtUp((count) => {
    toast.success('The connection is back', {
      description: count === 0 ? 'Nothing had happened meanwhile.' : 'What happened meanwhile is here now.',
    })
  })
  useEvent(provisioning, 'status:completed', ({ erpnext_url }, { time }) => {
    if (!missed(time)) toast.success('Your site is ready', { description: erpnext_url, duration: 8_000 })
  })
  useEvent(provisioning, 'status:failed', ({ error }, { time }) => {
    if (!missed(time)) toast.error('Your site could not be set up', { description: error, duration: 8_000 })
  })
  useEvent(billing, 'payment:received', ({ amount, currency }, { time }) => {
    if (!missed(time)) toast.success('Payment received', { description: money(amount, currency) })
  })
  useEvent(billing, 'subscription:updated', ({ subscription: { plan } }, { time }) => {
    if (!missed(time)) toast('Subscription updated', { description: `Your plan is ${planNames[plan]}` })
  })
  useEvent(billing, 'subscription:expiring', ({ days_left }, { time }) => {
    if (!missed(time)) toast.warning('Your subscription ends soon', { description: `${days_left} days left`, duration: 8_000 })
  })
  return (
    <Toaster
      theme={scheme}
      position="bottom-right"
      closeButton
      toastOptions={{ classNames: { toast: 'toast', actionButton: 'toast-action' } }}
    />
  )
}
