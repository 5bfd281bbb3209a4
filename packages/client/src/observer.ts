import type { Report } from './report.ts'
import { safely } from './report.ts'

export type Unsubscribe = () => void

/** Something to look at and to be told about: the shape that `useSyncExternalStore` and its kin ask for. */
export interface Observer<T> {
  /** Calls `listener` after each change. The function it returns ends that, and is idempotent. */
  subscribe(listener: () => void): Unsubscribe
  /** The same object until it changes. */
  getSnapshot(): T
}

export interface ObservableOptions {
  readonly report: Report
  /** Runs with the first subscriber; what it returns runs when the last has gone. */
  readonly onFirst?: () => Unsubscribe
}

export interface Observable<T> extends Observer<T> {
  set(value: T): void
  readonly used: boolean
}

export function createObservable<T>(initial: T, { report, onFirst }: ObservableOptions): Observable<T> {
  let value = initial
  let stop: Unsubscribe | undefined
  const listeners = new Set<{ readonly call: () => void }>()

  return {
    get used() {
      return listeners.size > 0
    },
    getSnapshot: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const entry of [...listeners]) if (listeners.has(entry)) safely(report, { during: 'listener' }, entry.call)
    },
    subscribe(listener) {
      const entry = { call: listener }
      listeners.add(entry)
      if (listeners.size === 1) stop = onFirst?.()
      return () => {
        if (!listeners.delete(entry) || listeners.size > 0) return
        stop?.()
        stop = undefined
      }
    },
  }
}
