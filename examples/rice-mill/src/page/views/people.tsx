import { Badge, Button, Switch } from '@mantine/core'
import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { messageOf } from '../api/api-error.ts'
import { EmptyState, RowsSkeleton } from '../components/list-state.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { ViewHeader } from '../components/view-header.tsx'
import { roleNames } from '../format/words.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import { useMill } from '../hooks/use-mill.ts'
import { useMe } from '../session/use-session.ts'
import './people.css'

/** Everybody who has an account. Who is switched off here loses their connection within two seconds, wherever they are. */
export function People(): ReactNode {
  const { rest, mills } = useMill()
  const me = useMe()
  const users = useLoaded('users', () => rest.users())

  async function setActive(userId: string, isActive: boolean): Promise<void> {
    try {
      const { name } = await rest.setUserActive(userId, isActive)
      toast.success(isActive ? `${name} may sign in again` : `${name} is signed out everywhere`)
    } catch (error) {
      toast.error(messageOf(error))
    }
    users.reload()
  }

  return (
    <>
      <ViewHeader title="People" subtitle="Who may sign in; a change counts at once, also for open windows" />
      <section className="card">
        {users.data === undefined && users.status === 'loading' && <RowsSkeleton rows={5} />}
        {users.data === undefined && users.status === 'failed' && (
          <EmptyState
            icon="offline"
            title="This could not be loaded"
            hint={messageOf(users.error)}
            action={<Button onClick={users.reload}>Try again</Button>}
          />
        )}
        <ul className="people">
          {users.data?.map(({ id, name, email, role, millId, isActive }) => (
            <li key={id}>
              <PersonAvatar id={id} name={name} size={36} plain />
              <span className="people-who">
                <b>{name}</b>
                <span className="soft clip">{email}</span>
              </span>
              <span className="people-mill soft only-wide">{mills.find((mill) => mill.id === millId)?.name ?? 'All mills'}</span>
              <Badge color={role === 'SUPER_ADMIN' ? 'grain' : 'gray'}>{roleNames[role]}</Badge>
              <Switch
                aria-label={`${name} may sign in`}
                checked={isActive}
                disabled={id === me.id}
                onChange={(event) => void setActive(id, event.currentTarget.checked)}
              />
            </li>
          ))}
        </ul>
      </section>
    </>
  )
}
