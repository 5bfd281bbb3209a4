import type { Unsubscribe } from './observer.ts'
import { type Report, safely } from './report.ts'

export type DirectListener<Data> = (data: Data) => void

/** The events that the server sends to this connection alone. */
export interface DirectEvents {
  on(event: string, listener: DirectListener<unknown>): Unsubscribe
  onMessage(event: string, data: unknown): void
}

export function createDirectEvents(report: Report): DirectEvents {
  const listeners = new Map<string, Set<{ readonly call: DirectListener<unknown> }>>()
  return {
    on(event, listener) {
      const entry = { call: listener }
      const known = listeners.get(event) ?? new Set()
      listeners.set(event, known.add(entry))
      return () => {
        known.delete(entry)
        if (known.size === 0 && listeners.get(event) === known) listeners.delete(event)
      }
    },
    onMessage(event, data) {
      for (const entry of [...(listeners.get(event) ?? [])]) safely(report, { during: 'listener', event }, () => entry.call(data))
    },
  }
}
