import type { Clock } from '@millrace/contract'

// A longer timeout than this runs at once.
const maxMs = 2 ** 31 - 1

/** The time of the machine, in browsers and in Node. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, maxMs))
    return { cancel: () => clearTimeout(timer) }
  },
  every(ms, run) {
    const timer = setInterval(run, Math.min(ms, maxMs))
    return { cancel: () => clearInterval(timer) }
  },
}

export const systemRandom = (): number => Math.random()
