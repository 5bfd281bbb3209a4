import { systemClock } from './clock.ts'

/** The promise's value; rejects with what was awaited when it takes longer than `ms`. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  // Made here, so that its stack names the caller.
  const error = new Error(`${what}: not within ${ms} ms`)
  return await new Promise<T>((resolve, reject) => {
    const timer = systemClock.after(ms, () => reject(error))
    promise.finally(() => timer.cancel()).then(resolve, reject)
  })
}

/**
 * Waits until `check` holds, for conditions of another process that send no event. A failure shows the newest `describe()`.
 */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  options: { ms?: number; describe?: () => unknown } = {},
): Promise<void> {
  const ms = options.ms ?? 5_000
  const end = systemClock.now() + ms
  while (!(await check())) {
    if (systemClock.now() > end) {
      const seen = options.describe ? `; last seen: ${JSON.stringify(options.describe())}` : ''
      throw new Error(`${what}: not within ${ms} ms${seen}`)
    }
    await pause(10)
  }
}

/** The next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void systemClock.after(ms, resolve))
}
