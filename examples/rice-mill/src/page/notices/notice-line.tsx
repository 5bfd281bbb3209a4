import { ActionIcon } from '@mantine/core'
import type { useNotifications } from '@millrace/react'
import type { ReactNode } from 'react'
import { Ago } from '../components/ago.tsx'
import { Icon, type IconName } from '../components/icon.tsx'

export type Notice = ReturnType<typeof useNotifications>['notifications'][number]

const looks: Readonly<Record<string, { readonly icon: IconName; readonly tone: string }>> = {
  success: { icon: 'check', tone: 'buy' },
  warning: { icon: 'warning', tone: 'warn' },
  error: { icon: 'warning', tone: 'bad' },
  info: { icon: 'info', tone: 'milled' },
}

interface Props {
  readonly notice: Notice
  readonly onOpen: () => void
  readonly onToggleRead: () => void
  readonly onRemove: () => void
}

export function NoticeLine({ notice: { type, title, message, createdAt, readAt }, onOpen, onToggleRead, onRemove }: Props): ReactNode {
  const { icon, tone } = looks[type] ?? { icon: 'info', tone: 'milled' }
  const unread = readAt === null
  return (
    <li className="notice" data-unread={unread}>
      <span className="notice-icon" style={{ color: `var(--${tone})` }}>
        <Icon name={icon} size={17} />
      </span>
      <button type="button" className="notice-words" onClick={onOpen}>
        <b>{title}</b>
        <span>{message}</span>
        <Ago time={createdAt} />
      </button>
      <span className="notice-actions">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          onClick={onToggleRead}
          aria-label={unread ? `Mark as read: ${title}` : `Mark as unread: ${title}`}
          title={unread ? 'Mark as read' : 'Mark as unread'}
        >
          <Icon name={unread ? 'check' : 'mail'} size={16} />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" size="sm" onClick={onRemove} aria-label={`Delete: ${title}`} title="Delete">
          <Icon name="close" size={16} />
        </ActionIcon>
      </span>
    </li>
  )
}
