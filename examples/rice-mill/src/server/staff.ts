import { randomUUID } from 'node:crypto'
import type { NewStaffMember, StaffLeave } from '../contract/inputs.ts'
import type { StaffMember } from '../contract.ts'
import { recordActivity } from './activity.ts'
import { dayOf } from './calendar.ts'
import { publishDashboard } from './dashboard.ts'
import { type MillContext, requireMillAdmin } from './mill-context.ts'
import { changedMeanwhile, invalidField, notFound } from './problem.ts'
import { staff } from './rows/tables.ts'

export function addStaffMember(at: MillContext, input: NewStaffMember): StaffMember {
  requireMillAdmin(at)
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const now = at.clock.now()
    const id = randomUUID()
    const member: StaffMember = {
      ...input,
      _id: id,
      id,
      millId: at.millId,
      joinedOn: input.joinedOn ?? dayOf(now),
      leftOn: null,
      createdAt: now,
      createdBy: by,
    }
    staff.insert(db, member)
    void rt.publish(mill, 'staff:joined', { staff: member, addedBy: by }, { tx: db, actor: by })
    recordActivity(at, 'joined', 'staff', id, `welcomed ${member.name} as ${member.duty}`)
    publishDashboard(at)
    return member
  })
}

export function staffMemberLeaves(at: MillContext, id: string, input: StaffLeave): StaffMember {
  requireMillAdmin(at)
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const before = getStaffMember(at, id)
    if (before.leftOn !== null) throw changedMeanwhile('staff member', before)
    const leftOn = input.leftOn ?? dayOf(at.clock.now())
    if (leftOn < before.joinedOn) throw invalidField('leftOn', `${before.name} joined on ${before.joinedOn} and cannot have left before`)
    const member: StaffMember = { ...before, leftOn }
    staff.replace(db, member)
    void rt.publish(mill, 'staff:left', { staff: member, removedBy: by }, { tx: db, actor: by })
    recordActivity(at, 'left', 'staff', id, `said goodbye to ${member.name}`)
    publishDashboard(at)
    return member
  })
}

export function getStaffMember({ db, millId }: MillContext, id: string): StaffMember {
  const member = staff.find(db, millId, id)
  if (member === null) throw notFound('staff member')
  return member
}

/** Who works in the mill; with `everybody` also who did. */
export function listStaff({ db, millId }: MillContext, everybody: boolean): StaffMember[] {
  return staff.all(db, millId).filter((member) => everybody || member.leftOn === null)
}
