import type { ChannelRef, Clock } from '@millrace/contract'
import { contract, type Person, type RiceMillContract, type User } from '../contract.ts'
import type { App } from './app.ts'
import type { Database } from './database.ts'
import { answerOnce, type IdempotentRequest } from './idempotency.ts'
import { denied } from './problem.ts'

type MillChannel = ReturnType<RiceMillContract['channels']['mill']> & ChannelRef

/** One person, at work in one mill, with one request. */
export interface MillContext {
  readonly db: Database
  readonly rt: App['rt']
  readonly clock: Clock
  readonly millId: string
  /** The mill's channel: who hears it, hears what happens here. */
  readonly mill: MillChannel
  readonly user: User
  /** The same person, as events and records name them. */
  readonly by: Person
  /**
   * Runs `work` in one transaction: all of what it writes, publishes and notifies comes to be, or, when it throws, nothing of it.
   * A request that carries an idempotency key which was answered before is answered so again, and `work` is not run.
   * There is no `await` in `work`: other requests would write into the same transaction.
   */
  commit<T>(work: () => T): T
}

export function millContext(app: App, millId: string, user: User, request: IdempotentRequest | null = null): MillContext {
  const { db, rt, clock } = app
  return {
    db,
    rt,
    clock,
    millId,
    mill: contract.channels.mill({ millId }),
    user,
    by: { id: user.id, name: user.name },
    commit: <T>(work: () => T) =>
      db.transaction(() => (request === null ? work() : answerOnce<T>(db, request, clock.now(), work))).immediate(),
  }
}

/** Throws `denied` unless this person runs the mill. */
export function requireMillAdmin({ user }: MillContext): void {
  if (user.role !== 'SUPER_ADMIN' && user.role !== 'MILL_ADMIN') throw denied('Only an administrator of the mill may do this')
}
