import { Avatar, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { useHere } from '../hooks/use-here.ts'
import { useMe } from '../session/use-session.ts'
import { PersonAvatar } from './person-avatar.tsx'

const shownAtMost = 4

/** The others who have the mill open. */
export function PresenceAvatars(): ReactNode {
  const me = useMe()
  const others = useHere().filter(({ userId }) => userId !== me.id)
  if (others.length === 0) return null
  const more = others.slice(shownAtMost)
  return (
    <Avatar.Group spacing={6} aria-label={`Here now: ${others.map(({ name }) => name).join(', ')}`} role="group">
      {others.slice(0, shownAtMost).map(({ userId, name, view }) => (
        <PersonAvatar key={userId} id={userId} name={name} size={28} label={view === '' ? name : `${name} · ${view}`} />
      ))}
      {more.length > 0 && (
        <Tooltip label={more.map(({ name }) => name).join(', ')}>
          <Avatar size={28}>+{more.length}</Avatar>
        </Tooltip>
      )}
    </Avatar.Group>
  )
}
