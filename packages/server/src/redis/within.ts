import type { Clock } from '@millrace/contract'

/** The promise's value; rejects when it takes longer than `ms`. What it still comes to is nobody's then. */
export async function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T> {
  let late: (error: Error) => void = () => undefined
  const limit = new Promise<never>((_, reject) => {
    late = reject
  })
  const timer = clock.after(ms, () => late(new Error(`no answer within ${ms} ms`)))
  try {
    return await Promise.race([promise, limit])
  } finally {
    timer.cancel()
  }
}
