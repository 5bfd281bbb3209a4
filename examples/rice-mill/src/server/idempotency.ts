import { createHash } from 'node:crypto'
import { type Database, one, run } from './database.ts'
import { Problem } from './problem.ts'

/** A request that a client may have sent before, without having heard the answer. */
export interface IdempotentRequest {
  readonly userId: string
  /** The client's name for it. */
  readonly key: string
  /** What was asked: the same key for something else is refused. */
  readonly fingerprint: string
}

const windowMs = 7 * 24 * 3_600_000

export function fingerprint(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

/**
 * Answers a request once: `work` runs, and its answer is kept in the same transaction; the request's repetition is answered
 * from there. When `work` throws, nothing is kept, and the next attempt runs it again.
 */
export function answerOnce<T>(db: Database, { userId, key, fingerprint }: IdempotentRequest, now: number, work: () => T): T {
  run(db, 'delete from answers where at < ?', now - windowMs)
  const before = one<{ request: string; answer: string }>(
    db,
    'select request, answer from answers where userId = ? and key = ?',
    userId,
    key,
  )
  if (before === null) {
    const answer = work()
    run(
      db,
      'insert into answers (userId, key, request, answer, at) values (?, ?, ?, ?, ?)',
      userId,
      key,
      fingerprint,
      JSON.stringify(answer),
      now,
    )
    return answer
  }
  if (before.request !== fingerprint)
    throw new Problem('idempotency_mismatch', 'This Idempotency-Key was used for another request: use a new one for each')
  // Holds: the same request of the same person was answered by the same work.
  return JSON.parse(before.answer) as T
}
