import { randomUUID } from 'node:crypto'
import type { NewMovement } from '../contract/inputs.ts'
import type { Movement } from '../contract.ts'
import { recordActivity } from './activity.ts'
import { dayOf } from './calendar.ts'
import { publishDashboard } from './dashboard.ts'
import type { MillContext } from './mill-context.ts'
import { moveStock } from './move-stock.ts'
import type { MovementQuery } from './rows/queries.ts'
import type { Page } from './rows/record-table.ts'
import { movements, nextNumber } from './rows/tables.ts'

/** Writes down goods that came in or went out without being bought or sold: a transfer, a return, a loss. */
export function createMovement(at: MillContext, input: NewMovement): Movement {
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const now = at.clock.now()
    const id = randomUUID()
    const movement: Movement = {
      ...input,
      _id: id,
      id,
      millId: at.millId,
      number: nextNumber(db, at.millId, 'movement'),
      day: input.day ?? dayOf(now),
      createdAt: now,
      createdBy: by,
    }
    movements.insert(db, movement)
    const { direction, stockType, quantityKg, reason } = movement
    if (direction === 'inward') {
      void rt.publish(mill, 'inward:created', { inward: movement, createdBy: by }, { tx: db, actor: by })
      moveStock(at, stockType, quantityKg, { entity: 'inward', id })
      recordActivity(at, 'created', 'inward', id, `took in ${quantityKg} kg of ${stockType}: ${reason}`)
    } else {
      void rt.publish(mill, 'outward:created', { outward: movement, createdBy: by }, { tx: db, actor: by })
      moveStock(at, stockType, -quantityKg, { entity: 'outward', id })
      recordActivity(at, 'created', 'outward', id, `sent out ${quantityKg} kg of ${stockType}: ${reason}`)
    }
    publishDashboard(at)
    return movement
  })
}

export function listMovements({ db, millId }: MillContext, { from, to, direction, ...page }: MovementQuery): Page<Movement> {
  return movements.page(db, millId, page, [
    { column: 'day', is: '>=', value: from },
    { column: 'day', is: '<=', value: to },
    { column: 'direction', is: '=', value: direction },
  ])
}
