import { type Clock, type ErrorCode, MillraceError } from '@millrace/contract'
import type { Handlers } from '@millrace/server'
import { contract, type RiceMillContract } from '../../contract.ts'
import { millStats } from '../dashboard.ts'
import type { Database } from '../database.ts'

const millChannel = (millId: string) => contract.channels.mill({ millId })

const hasCode = (error: unknown, code: ErrorCode) => error instanceof MillraceError && error.code === code

/** One refusal for a mill that is not one's own and for one that does not exist. */
async function inMill<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw hasCode(error, 'denied') ? new MillraceError('denied', 'Access denied to this mill') : error
  }
}

/** What clients may ask on their connection. The policy decides about the mill each time. */
export function createHandlers(db: Database, clock: Clock): Handlers<RiceMillContract> {
  return {
    async 'join:mill'(millId, context) {
      await inMill(() => context.subscribe(millChannel(millId)))
      return { millId }
    },

    async 'leave:mill'(millId, context) {
      await context.unsubscribe(millChannel(millId))
      return { millId }
    },

    async 'request:dashboard'(millId, context) {
      await inMill(() => context.authorize(millChannel(millId)))
      try {
        return millStats(db, millId, clock.now())
      } catch (cause) {
        throw new MillraceError('unavailable', 'Failed to fetch dashboard stats', undefined, { cause })
      }
    },

    async 'activity:typing'({ millId, entity, action }, context) {
      await inMill(() => context.startTyping(millChannel(millId), { entity, action }))
      return null
    },

    async 'activity:stop-typing'({ millId }, context) {
      await inMill(() => context.stopTyping(millChannel(millId)))
      return null
    },
  }
}
