import { randomUUID } from 'node:crypto'
import type { Activity } from '../contract.ts'
import type { MillContext } from './mill-context.ts'
import type { PageRequest } from './rows/queries.ts'
import type { Page } from './rows/record-table.ts'
import { activities, nextNumber } from './rows/tables.ts'

/** Adds a line to the mill's activity feed, such as "Asha bought 900 kg of paddy"; part of the caller's transaction. */
export function recordActivity(at: MillContext, action: string, entity: string, entityId: string, did: string): void {
  const { db, rt, mill, by, millId } = at
  const id = randomUUID()
  const activity: Activity = {
    _id: id,
    id,
    millId,
    number: nextNumber(db, millId, 'activity'),
    user: by,
    action,
    entity,
    entityId,
    message: `${by.name} ${did}`,
    at: at.clock.now(),
  }
  activities.insert(db, activity)
  void rt.publish(mill, 'activity:new', activity, { tx: db, actor: by })
}

export function listActivity({ db, millId }: MillContext, page: PageRequest): Page<Activity> {
  return activities.page(db, millId, page)
}
