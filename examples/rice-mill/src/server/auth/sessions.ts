import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { type Database, one, run } from '../database.ts'

/*
 * A session lasts from a sign-in to its sign-out, and is carried by refresh tokens: each is good for one use and answers
 * with its successor. Only hashes are stored. A token that is used a second time was copied: its session ends.
 */

const refreshTokenTtlMs = 30 * 24 * 3_600_000
/** Two windows of one person may refresh at the same moment, with the same token. */
const reuseGraceMs = 10_000

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url')

function issueToken(db: Database, sessionId: string, now: number): string {
  const token = randomBytes(32).toString('base64url')
  run(db, 'insert into refreshTokens (hash, sessionId, expiresAt) values (?, ?, ?)', hashOf(token), sessionId, now + refreshTokenTtlMs)
  return token
}

export interface SessionGrant {
  readonly sessionId: string
  readonly userId: string
  readonly refreshToken: string
}

export function startSession(db: Database, userId: string, now: number): SessionGrant {
  return db
    .transaction(() => {
      forgetOldSessions(db, now)
      const sessionId = randomUUID()
      run(db, 'insert into sessions (id, userId, createdAt) values (?, ?, ?)', sessionId, userId, now)
      return { sessionId, userId, refreshToken: issueToken(db, sessionId, now) }
    })
    .immediate()
}

type TokenRow = { sessionId: string; userId: string; expiresAt: number; usedAt: number | null; endedAt: number | null }

function findToken(db: Database, token: string): TokenRow | null {
  return one<TokenRow>(
    db,
    `select t.sessionId, s.userId, t.expiresAt, t.usedAt, s.endedAt
     from refreshTokens t join sessions s on s.id = t.sessionId where t.hash = ?`,
    hashOf(token),
  )
}

export type Continuation =
  | { readonly kind: 'continued'; readonly grant: SessionGrant }
  | { readonly kind: 'refused' }
  /** The token had been used before: its session is over. */
  | { readonly kind: 'ended'; readonly userId: string }

/** Exchanges a refresh token for its successor. */
export function continueSession(db: Database, token: string, now: number): Continuation {
  return db
    .transaction((): Continuation => {
      const row = findToken(db, token)
      if (row === null || row.endedAt !== null || row.expiresAt <= now) return { kind: 'refused' }
      const { sessionId, userId, usedAt } = row
      if (usedAt !== null && now - usedAt > reuseGraceMs) {
        endSession(db, sessionId, now)
        return { kind: 'ended', userId }
      }
      run(db, 'update refreshTokens set usedAt = coalesce(usedAt, ?) where hash = ?', now, hashOf(token))
      return { kind: 'continued', grant: { sessionId, userId, refreshToken: issueToken(db, sessionId, now) } }
    })
    .immediate()
}

/** Ends the session that a refresh token belongs to, and answers whose it was. */
export function endSessionOf(db: Database, token: string, now: number): string | null {
  const row = findToken(db, token)
  if (row === null) return null
  endSession(db, row.sessionId, now)
  return row.userId
}

export function endSessionsOfUser(db: Database, userId: string, now: number): void {
  run(db, 'update sessions set endedAt = ? where userId = ? and endedAt is null', now, userId)
}

/** A token that names no session stands for itself; one that does is good as long as its session. */
export function isSessionAlive(db: Database, sessionId: string | undefined): boolean {
  return sessionId === undefined || one(db, 'select 1 from sessions where id = ? and endedAt is null', sessionId) !== null
}

function endSession(db: Database, sessionId: string, now: number): void {
  run(db, 'update sessions set endedAt = ? where id = ? and endedAt is null', now, sessionId)
}

function forgetOldSessions(db: Database, now: number): void {
  run(db, 'delete from refreshTokens where expiresAt < ?', now)
  run(db, 'delete from sessions where createdAt < ? and id not in (select sessionId from refreshTokens)', now - refreshTokenTtlMs)
}
