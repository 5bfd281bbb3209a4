import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { type ActionResult, useNotifications } from '@millrace/react'
import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import { useLocation } from 'wouter'
import { Icon } from '../components/icon.tsx'
import { EmptyState, RowsSkeleton } from '../components/list-state.tsx'
import { useMill } from '../hooks/use-mill.ts'
import { pathOf } from '../places.ts'
import { useMe } from '../session/use-session.ts'
import { AnnounceForm } from './announce-form.tsx'
import { type Notice, NoticeLine } from './notice-line.tsx'
import './notice-panel.css'

/** The notices of this person: the same on all their devices. */
export function NoticePanel({ onClose }: { readonly onClose: () => void }): ReactNode {
  const inbox = useNotifications()
  const { mill, mills, switchTo } = useMill()
  const me = useMe()
  const [, goTo] = useLocation()
  const [announcing, setAnnouncing] = useState(false)
  const [onlyUnread, setOnlyUnread] = useState(false)
  const shown = onlyUnread ? inbox.notifications.filter(({ readAt }) => readAt === null) : inbox.notifications

  async function done(action: Promise<ActionResult>): Promise<void> {
    const result = await action
    if (!result.ok) toast.error(`Not done: ${result.error.message}`)
  }

  function open(notice: Notice): void {
    if (notice.readAt === null) void done(inbox.markRead([notice.id]))
    const millId = millOf(notice)
    if (millId !== null && millId !== mill.id && mills.some(({ id }) => id === millId)) switchTo(millId)
    const [entity = '', id = ''] = (notice.document ?? '').split('/')
    const path = pathOf(entity, id)
    if (path === null) return
    onClose()
    goTo(path)
  }

  if (announcing) return <AnnounceForm onClose={() => setAnnouncing(false)} />
  return (
    <section className="notices" aria-label="Notifications">
      <header>
        <h2>Notifications</h2>
        <button type="button" className="notices-filter" aria-pressed={onlyUnread} onClick={() => setOnlyUnread((before) => !before)}>
          Unread {inbox.unread > 0 && inbox.unread}
        </button>
        <span className="notices-gap" />
        {me.role !== 'MILL_STAFF' && (
          <Tooltip label="Tell the people of the mill something">
            <ActionIcon variant="subtle" color="gray" onClick={() => setAnnouncing(true)} aria-label="New announcement">
              <Icon name="horn" size={18} />
            </ActionIcon>
          </Tooltip>
        )}
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
        {shown.length === 0 && (inbox.status === 'loading' || inbox.status === 'idle') && <RowsSkeleton rows={4} />}
        {shown.length === 0 && inbox.status === 'failed' && (
          <EmptyState icon="offline" title="These could not be loaded" hint="" action={<Button onClick={inbox.reload}>Try again</Button>} />
        )}
        {shown.length === 0 && inbox.status === 'ready' && (
          <EmptyState
            icon="bell"
            title={onlyUnread ? 'All read' : 'Nothing yet'}
            hint="What concerns you is kept here until you have seen it, on whatever device."
          />
        )}
        <ul>
          {shown.map((notice) => (
            <NoticeLine
              key={notice.id}
              notice={notice}
              onOpen={() => open(notice)}
              onToggleRead={() => void done(notice.readAt === null ? inbox.markRead([notice.id]) : inbox.markUnread([notice.id]))}
              onRemove={() => void done(inbox.remove([notice.id]))}
            />
          ))}
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

function millOf({ data }: Notice): string | null {
  return typeof data === 'object' && data !== null && 'millId' in data && typeof data.millId === 'string' ? data.millId : null
}
