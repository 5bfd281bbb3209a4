import type { Clock } from '@millrace/contract'

/** The machine's time, for tests that cross processes. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return { cancel: () => clearTimeout(timer) }
  },
  every(ms, run) {
    const timer = setInterval(run, ms)
    return { cancel: () => clearInterval(timer) }
  },
}
