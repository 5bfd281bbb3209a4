import type { User } from '../contract.ts'
import { isSessionAlive } from './auth/sessions.ts'
import type { Database } from './database.ts'
import { findMill, findUser } from './users.ts'

/*
 * Who may do what, for REST and for connections alike. Role and mill are read from the database each time: a token
 * that was issued before somebody's rights changed gives none of the old ones.
 */

/** The person behind a verified token, or null when they are not active or have signed out. */
export function activeUser(db: Database, { userId, sessionId }: { readonly userId: string; readonly sessionId?: string }): User | null {
  const user = findUser(db, userId)
  return user?.isActive === true && isSessionAlive(db, sessionId) ? user : null
}

export function mayEnterMill(db: Database, user: User, millId: string): boolean {
  return user.role === 'SUPER_ADMIN' ? findMill(db, millId) !== null : user.millId === millId
}
