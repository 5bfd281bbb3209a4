import type { ReactNode } from 'react'
import { ActivityList } from '../components/activity-list.tsx'
import { Ago } from '../components/ago.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { ViewHeader } from '../components/view-header.tsx'
import { counted } from '../format/words.ts'
import { useHere } from '../hooks/use-here.ts'
import { useMe } from '../session/use-session.ts'
import './activity.css'

/** What happens, and who is here. */
export function Activity(): ReactNode {
  const here = useHere()
  const me = useMe()
  return (
    <>
      <ViewHeader title="Activity" subtitle="Everything that happens in the mill, as it happens" />
      <div className="activity">
        <section className="card activity-feed" aria-label="Activity">
          <ActivityList />
        </section>
        <section className="card activity-here">
          <h2 className="card-title">Here now</h2>
          <ul>
            {here.map(({ userId, name, view, since, windows }) => (
              <li key={userId}>
                <PersonAvatar id={userId} name={name} size={34} plain />
                <span>
                  <b>
                    {name}
                    {userId === me.id && <span className="soft"> (you)</span>}
                  </b>
                  <span className="soft">
                    {view === '' ? 'Here' : view}
                    {windows > 1 && `, ${counted(windows, 'window')}`} · <Ago time={since} />
                  </span>
                </span>
                <i className="here-dot" aria-hidden="true" />
              </li>
            ))}
          </ul>
        </section>
      </div>
    </>
  )
}
