import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { type ActionResult, useNotifications } from '@millrace/react'
import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { Ago } from '../components/ago.tsx'
import { Icon, type IconName } from '../components/icon.tsx'
import './notice-panel.css'

const looks: Readonly<Record<string, { readonly icon: IconName; readonly tone: string }>> = {
  success: { icon: 'check', tone: 'buy' },
  warning: { icon: 'warning', tone: 'warn' },
  error: { icon: 'warning', tone: 'bad' },
  info: { icon: 'info', tone: 'accent' },
}

/** The notices of this person: the same on all their devices. */
export function NoticePanel(): ReactNode {
  const inbox = useNotifications()
  async function done(action: Promise<ActionResult>): Promise<void> {
    const result = await action
    if (!result.ok) toast.error('Not done', { description: result.error.message })
  }
  return (
    <section className="notices" aria-label="Notifications">
      <header>
        <h2>Notifications</h2>
        <span className="notices-gap" />
        <Tooltip label="Mark all as read">
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={() => void done(inbox.markAllRead())}
            disabled={inbox.unread === 0}
            aria-label="Mark all as read"
          >
            <Icon name="check" size={18} />
          </ActionIcon>
        </Tooltip>
      </header>
      <div className="notices-list">
        {inbox.notifications.length === 0 && <p className="hint notices-none">Nothing yet. What concerns you is kept here.</p>}
        <ul>
          {inbox.notifications.map(({ id, type, title, message, createdAt, readAt }) => {
            const { icon, tone } = looks[type] ?? { icon: 'info', tone: 'accent' }
            return (
              <li key={id} className="notice" data-unread={readAt === null}>
                <span className="notice-icon" style={{ color: `var(--${tone})` }}>
                  <Icon name={icon} size={17} />
                </span>
                <button type="button" className="notice-words" onClick={() => void done(inbox.markRead([id]))}>
                  <b>{title}</b>
                  <span>{message}</span>
                  <Ago time={createdAt} />
                </button>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  onClick={() => void done(inbox.remove([id]))}
                  aria-label={`Delete: ${title}`}
                >
                  <Icon name="close" size={16} />
                </ActionIcon>
              </li>
            )
          })}
        </ul>
        {inbox.hasMore && (
          <div className="notices-more">
            <Button variant="subtle" size="xs" onClick={() => void done(inbox.loadMore())}>
              Load more
            </Button>
          </div>
        )}
      </div>
    </section>
  )
}
