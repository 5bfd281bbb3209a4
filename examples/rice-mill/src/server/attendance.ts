import type { AttendanceMark } from '../contract/inputs.ts'
import type { Attendance } from '../contract.ts'
import { recordActivity } from './activity.ts'
import { dayOf } from './calendar.ts'
import { publishDashboard } from './dashboard.ts'
import { all, run } from './database.ts'
import type { MillContext } from './mill-context.ts'
import { invalidField } from './problem.ts'
import { getStaffMember } from './staff.ts'

/** Marks somebody's attendance of a day; marked again, the newer mark counts. */
export function markAttendance(at: MillContext, input: AttendanceMark): Attendance {
  const { db, rt, mill, by, millId } = at
  return at.commit(() => {
    const member = getStaffMember(at, input.staffId)
    const now = at.clock.now()
    const day = input.day ?? dayOf(now)
    if (member.leftOn !== null && member.leftOn < day) throw invalidField('day', `${member.name} left on ${member.leftOn}`)
    run(
      db,
      `insert into attendance (millId, staffId, day, status, markedAt, markedBy) values (?, ?, ?, ?, ?, ?)
       on conflict (staffId, day) do update set status = excluded.status, markedAt = excluded.markedAt, markedBy = excluded.markedBy`,
      millId,
      member.id,
      day,
      input.status,
      now,
      JSON.stringify(by),
    )
    const attendance: Attendance = {
      millId,
      staffId: member.id,
      staffName: member.name,
      day,
      status: input.status,
      markedAt: now,
      markedBy: by,
    }
    void rt.publish(mill, 'attendance:marked', { attendance, markedBy: by }, { tx: db, actor: by })
    recordActivity(at, 'marked', 'attendance', member.id, `marked ${member.name} ${input.status} on ${day}`)
    publishDashboard(at)
    return attendance
  })
}

export function listAttendance({ db, millId, clock }: MillContext, day: string = dayOf(clock.now())): Attendance[] {
  const rows = all<Omit<Attendance, 'markedBy'> & { markedBy: string }>(
    db,
    `select a.millId, a.staffId, s.name as staffName, a.day, a.status, a.markedAt, a.markedBy
     from attendance a join staff s on s.id = a.staffId where a.millId = ? and a.day = ? order by s.name`,
    millId,
    day,
  )
  return rows.map((row) => ({ ...row, markedBy: JSON.parse(row.markedBy) }))
}
