import { TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useLocation } from 'wouter'
import { ListState } from '../components/list-state.tsx'
import { NewButton } from '../components/new-button.tsx'
import { ViewHeader } from '../components/view-header.tsx'
import { dayName, dayOf } from '../format/time.ts'
import { counted } from '../format/words.ts'
import { useNow } from '../hooks/use-now.ts'
import { useStaff } from '../hooks/use-records.ts'
import { useMe } from '../session/use-session.ts'
import { AttendanceTable } from '../staff/attendance-table.tsx'
import { StaffEntry } from '../staff/staff-entry.tsx'

/** Who works here, and who was there. */
export function Staff({ record }: { readonly record: string | undefined }): ReactNode {
  const [, goTo] = useLocation()
  const me = useMe()
  const staff = useStaff()
  const now = useNow()
  const today = dayOf(now)
  const [chosen, setChosen] = useState<string | null>(null)
  const day = chosen ?? today
  const mayManage = me.role !== 'MILL_STAFF'
  const members = [...staff.rows.values()].sort((a, b) => a.name.localeCompare(b.name))
  const create = () => goTo('/staff/new')
  return (
    <>
      <ViewHeader title="Staff" subtitle={`${counted(members.length, 'person', 'people')} at work in the mill`} entity="staff">
        {mayManage && <NewButton label="New member" onClick={create} />}
      </ViewHeader>
      <section className="card table-card">
        <div className="card-head">
          <h2 className="card-title">Attendance: {dayName(day, now)}</h2>
          <TextInput
            type="date"
            aria-label="Day of the attendance"
            size="xs"
            value={day}
            max={today}
            onChange={({ currentTarget: { value } }) => setChosen(value === '' || value === today ? null : value)}
          />
        </div>
        <ListState
          status={staff.status}
          error={'error' in staff ? staff.error : null}
          count={members.length}
          onRetry={staff.reload}
          empty={{ icon: 'staff', title: 'Nobody works here yet', hint: 'Add the people of the mill, and mark who is there.' }}
        >
          <AttendanceTable key={day} day={day} members={members} mayManage={mayManage} />
        </ListState>
      </section>
      {record === 'new' && mayManage && (
        <StaffEntry duties={[...new Set(members.map(({ duty }) => duty))]} onClose={() => goTo('/staff')} />
      )}
    </>
  )
}
