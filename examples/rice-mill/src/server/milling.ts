import { randomUUID } from 'node:crypto'
import type { BatchCompletion, NewBatch } from '../contract/inputs.ts'
import type { Batch } from '../contract.ts'
import { recordActivity } from './activity.ts'
import { dayOf } from './calendar.ts'
import { publishDashboard } from './dashboard.ts'
import type { MillContext } from './mill-context.ts'
import { moveStock } from './move-stock.ts'
import { changedMeanwhile, invalidField, notFound } from './problem.ts'
import type { BatchQuery } from './rows/queries.ts'
import type { Page } from './rows/record-table.ts'
import { batches, nextNumber } from './rows/tables.ts'

/** Starts a batch: its paddy leaves the stock now, so that no other batch counts on it. */
export function startBatch(at: MillContext, { paddyKg }: NewBatch): Batch {
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const now = at.clock.now()
    const id = randomUUID()
    const batch: Batch = {
      _id: id,
      id,
      millId: at.millId,
      number: nextNumber(db, at.millId, 'batch'),
      version: 1,
      status: 'running',
      paddyKg,
      riceKg: null,
      brokenRiceKg: null,
      branKg: null,
      huskKg: null,
      createdAt: now,
      updatedAt: now,
      createdBy: by,
      completedAt: null,
      completedOn: null,
      completedBy: null,
    }
    batches.insert(db, batch)
    void rt.publish(mill, 'milling:started', { batch, startedBy: by }, { tx: db, actor: by })
    moveStock(at, 'paddy', -paddyKg, { entity: 'batch', id })
    recordActivity(at, 'started', 'batch', id, `started to mill ${paddyKg} kg of paddy`)
    publishDashboard(at)
    return batch
  })
}

/** Completes a batch: its products enter the stock. */
export function completeBatch(at: MillContext, id: string, { version, ...products }: BatchCompletion): Batch {
  const { db, rt, mill, by } = at
  return at.commit(() => {
    const before = batches.find(db, at.millId, id)
    if (before === null) throw notFound('batch')
    if (before.version !== version || before.status !== 'running') throw changedMeanwhile('batch', before)
    const { riceKg, brokenRiceKg, branKg, huskKg } = products
    const producedKg = riceKg + brokenRiceKg + branKg + huskKg
    if (producedKg > before.paddyKg) throw invalidField('riceKg', `${producedKg} kg cannot come out of ${before.paddyKg} kg of paddy`)

    const now = at.clock.now()
    const batch: Batch = {
      ...before,
      ...products,
      status: 'completed',
      version: version + 1,
      updatedAt: now,
      completedAt: now,
      completedOn: dayOf(now),
      completedBy: by,
    }
    batches.replace(db, batch)
    void rt.publish(mill, 'milling:completed', { batch, completedBy: by }, { tx: db, actor: by })
    const cause = { entity: 'batch', id }
    moveStock(at, 'rice', riceKg, cause)
    moveStock(at, 'broken-rice', brokenRiceKg, cause)
    moveStock(at, 'bran', branKg, cause)
    moveStock(at, 'husk', huskKg, cause)
    void rt.notify(
      { channel: mill },
      {
        type: 'success',
        title: 'Milling completed',
        message: `Batch ${batch.number} gave ${riceKg} kg of rice`,
        data: { batchId: id },
        document: `batch/${id}`,
      },
      { tx: db },
    )
    recordActivity(at, 'completed', 'batch', id, `completed batch ${batch.number}: ${riceKg} kg of rice`)
    publishDashboard(at)
    return batch
  })
}

export function listBatches({ db, millId }: MillContext, { status, ...page }: BatchQuery): Page<Batch> {
  return batches.page(db, millId, page, [{ column: 'status', is: '=', value: status }])
}
