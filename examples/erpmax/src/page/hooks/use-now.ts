import { useSyncExternalStore } from 'react'

/** One clock for all that shows how long ago something was. */
function createTicker(everyMs: number) {
  const listeners = new Set<() => void>()
  let now = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined
  return {
    subscribe(listener: () => void) {
      if (listeners.size === 0) {
        now = Date.now()
        timer = setInterval(() => {
          now = Date.now()
          for (const tell of listeners) tell()
        }, everyMs)
      }
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) clearInterval(timer)
      }
    },
    getSnapshot: () => now,
  }
}

const slow = createTicker(10_000)
const fast = createTicker(1_000)

/** The time, every ten seconds. */
export const useNow = (): number => useSyncExternalStore(slow.subscribe, slow.getSnapshot)

/** The time, every second: for countdowns. */
export const useSeconds = (): number => useSyncExternalStore(fast.subscribe, fast.getSnapshot)
