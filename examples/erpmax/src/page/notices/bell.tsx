import { ActionIcon, Indicator, Popover } from '@mantine/core'
import { useNotifications } from '@millrace/react'
import { type ReactNode, useState } from 'react'
import { Icon } from '../components/icon.tsx'
import { NoticePanel } from './notice-panel.tsx'

/** How many notices wait, and the panel with all of them. */
export function Bell(): ReactNode {
  const [opened, setOpened] = useState(false)
  const { unread, status } = useNotifications()
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width="min(400px, calc(100vw - 24px))" shadow="lg" trapFocus>
      <Indicator label={unread > 99 ? '99+' : unread} disabled={unread === 0} size={17} offset={5} color="red.8">
        <Popover.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={38}
            onClick={() => setOpened((before) => !before)}
            aria-label={unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`}
            data-unread={unread}
            data-status={status}
          >
            <Icon name="bell" size={21} />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown p={0}>
        <NoticePanel />
      </Popover.Dropdown>
    </Popover>
  )
}
