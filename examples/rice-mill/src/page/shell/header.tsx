import { AppShell } from '@mantine/core'
import type { ReactNode } from 'react'
import { ConnectionBadge } from '../components/connection-badge.tsx'
import { Mark } from '../components/mark.tsx'
import { PresenceAvatars } from '../components/presence-avatars.tsx'
import { useMill } from '../hooks/use-mill.ts'
import { Bell } from '../notices/bell.tsx'
import { UserMenu } from './user-menu.tsx'

export function Header({ onHelp }: { readonly onHelp: () => void }): ReactNode {
  const { mill } = useMill()
  return (
    <AppShell.Header className="shell-header">
      <span className="shell-header-mill">
        <Mark size={28} />
        <span className="clip">{mill.name}</span>
      </span>
      <span className="shell-header-gap" />
      <span className="only-wide">
        <PresenceAvatars />
      </span>
      <ConnectionBadge />
      <Bell />
      <UserMenu onHelp={onHelp} />
    </AppShell.Header>
  )
}
