import { Avatar, Menu, UnstyledButton } from '@mantine/core'
import type { PresenceMember } from '@millrace/contract'
import type { ReactNode } from 'react'
import { ConnectionBadge } from '../components/connection-badge.tsx'
import { Icon } from '../components/icon.tsx'
import { Mark } from '../components/mark.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { useDesk } from '../hooks/use-desk.ts'
import { Bell } from '../notices/bell.tsx'
import { useSession } from '../session/use-session.ts'

const shownAtMost = 4

export function Header({ members }: { readonly members: readonly PresenceMember[] }): ReactNode {
  const { me, tenant } = useDesk()
  const session = useSession()
  const others = members.filter(({ userId }) => userId !== me.id)
  return (
    <header className="header">
      <span className="header-brand">
        <Mark size={30} />
        <span className="header-name">ERPMax</span>
      </span>
      <span className="header-tenant clip">{tenant.subdomain}.erpmax.test</span>
      <span className="header-gap" />
      {others.length > 0 && (
        <Avatar.Group spacing={6} role="group" aria-label={`Here now: ${others.map(({ name, userId }) => name ?? userId).join(', ')}`}>
          {others.slice(0, shownAtMost).map(({ userId, name = userId }) => (
            <PersonAvatar key={userId} id={userId} name={name} label={`${name} is here`} />
          ))}
          {others.length > shownAtMost && <Avatar size={30}>+{others.length - shownAtMost}</Avatar>}
        </Avatar.Group>
      )}
      <ConnectionBadge />
      <Bell />
      <Menu position="bottom-end" width={220} shadow="md">
        <Menu.Target>
          <UnstyledButton aria-label={`${me.name}: account`}>
            <PersonAvatar id={me.id} name={me.name} size={34} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            {me.name}
            <br />
            {me.email}
          </Menu.Label>
          <Menu.Item leftSection={<Icon name="out" size={17} />} onClick={() => void session.signOut()}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </header>
  )
}
