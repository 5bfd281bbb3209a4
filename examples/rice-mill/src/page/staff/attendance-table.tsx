import { ActionIcon, Menu, SegmentedControl } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import type { Attendance, StaffMember } from '../../contract.ts'
import { messageOf } from '../api/api-error.ts'
import { Ago } from '../components/ago.tsx'
import { Icon } from '../components/icon.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { wholeMoney } from '../format/money.ts'
import { useMill } from '../hooks/use-mill.ts'
import { useAttendance } from '../hooks/use-records.ts'
import './attendance-table.css'

type Status = Attendance['status']

const statuses: { value: Status | ''; label: string }[] = [
  { value: 'present', label: 'Present' },
  { value: 'half-day', label: 'Half' },
  { value: 'absent', label: 'Absent' },
]
const colors: Readonly<Record<Status, string>> = { present: 'paddy', 'half-day': 'grain', absent: 'red' }

interface Props {
  readonly day: string
  readonly members: readonly StaffMember[]
  readonly mayManage: boolean
}

/** Who was there on one day. */
export function AttendanceTable({ day, members, mayManage }: Props): ReactNode {
  const { api } = useMill()
  const attendance = useAttendance(day)
  // What was clicked shows at once; what the server says counts.
  const [pending, setPending] = useState<ReadonlyMap<string, Status>>(new Map())

  async function mark(staffId: string, status: Status): Promise<void> {
    setPending((before) => new Map(before).set(staffId, status))
    try {
      await api.markAttendance({ staffId, status, day })
    } catch (error) {
      toast.error(`Not marked: ${messageOf(error)}`)
    } finally {
      setPending((before) => new Map([...before].filter(([id]) => id !== staffId)))
    }
  }

  async function leave({ id, name }: StaffMember): Promise<void> {
    try {
      await api.staffLeaves(id)
      toast.success(`${name} has left`)
    } catch (error) {
      toast.error(messageOf(error))
    }
  }

  return (
    <ul className="attendance" aria-label={`Attendance on ${day}`}>
      {members.map((member) => {
        const marked = attendance.rows.get(member.id)
        const status = pending.get(member.id) ?? marked?.status ?? ''
        return (
          <li key={member.id}>
            <PersonAvatar id={member.id} name={member.name} size={34} plain />
            <span className="attendance-who">
              <b>{member.name}</b>
              <span className="soft">
                {member.duty} · {wholeMoney(member.dailyWagePaise)} a day
              </span>
            </span>
            <span className="attendance-mark only-wide">
              {marked !== undefined && (
                <>
                  {marked.markedBy.name} <Ago time={marked.markedAt} />
                </>
              )}
            </span>
            <SegmentedControl
              aria-label={`Attendance of ${member.name}`}
              data={statuses}
              value={status}
              {...(status !== '' && { color: colors[status] })}
              onChange={(next) => next !== '' && void mark(member.id, next)}
              size="xs"
            />
            {mayManage && (
              <Menu position="bottom-end">
                <Menu.Target>
                  <ActionIcon variant="subtle" color="gray" aria-label={`More about ${member.name}`}>
                    <Icon name="more" />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item color="red" leftSection={<Icon name="out" size={16} />} onClick={() => void leave(member)}>
                    {member.name} leaves today
                  </Menu.Item>
                </Menu.Dropdown>
              </Menu>
            )}
          </li>
        )
      })}
    </ul>
  )
}
