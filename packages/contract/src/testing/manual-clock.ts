import type { Clock, Timer } from '../clock.ts'

interface Due {
  at: number
  readonly every: number | null
  readonly run: () => void
}

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves time forward, running what falls due in order; promises that settle in between are let run. */
  advance(ms: number): Promise<void>
  /** How many timers are waiting; 0 after a clean close. */
  readonly pending: number
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

export function manualClock(startAt = 1_700_000_000_000): ManualClock {
  let now = startAt
  const timers = new Set<Due>()

  function add(ms: number, every: number | null, run: () => void): Timer {
    const due: Due = { at: now + Math.max(0, ms), every, run }
    timers.add(due)
    return { cancel: () => void timers.delete(due) }
  }
  function nextUntil(end: number): Due | undefined {
    let next: Due | undefined
    for (const due of timers) if (due.at <= end && (next === undefined || due.at < next.at)) next = due
    return next
  }

  return {
    now: () => now,
    after: (ms, run) => add(ms, null, run),
    every: (ms, run) => add(ms, Math.max(1, ms), run),
    get pending() {
      return timers.size
    },
    async advance(ms) {
      const end = now + ms
      await settle()
      for (let due = nextUntil(end); due !== undefined; due = nextUntil(end)) {
        now = Math.max(now, due.at)
        if (due.every === null) timers.delete(due)
        else due.at += due.every
        due.run()
        await settle()
      }
      now = end
      await settle()
    },
  }
}
