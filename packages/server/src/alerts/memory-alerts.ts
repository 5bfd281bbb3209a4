import { refuseTransaction } from '../memory-transactions.ts'
import type { AlertLevel } from './decision.ts'
import type { AlertStore } from './port.ts'

/** Levels in this process's memory: they start anew with it. */
export function memoryAlerts(): AlertStore {
  // Keys at `ok` are not kept, so the map holds what alarms now.
  const levels = new Map<string, AlertLevel>()
  return {
    async swap(tenant, key, decide) {
      const id = JSON.stringify([tenant, key])
      const before = levels.get(id) ?? 'ok'
      const after = decide(before)
      if (after === 'ok') levels.delete(id)
      else levels.set(id, after)
      return { before, after }
    },
    swapWithin: refuseTransaction,
  }
}
