import type { Clock, MatchedParams } from '@millrace/contract'
import type { Authenticator, Logger, ServerOptions, Store } from '@millrace/server'
import { contract, type RiceMillContract } from '../../contract.ts'
import { activeUser, mayEnterMill } from '../access.ts'
import { tenant } from '../app.ts'
import type { Database } from '../database.ts'
import { directory } from '../users.ts'
import { announce } from './announce.ts'
import { createHandlers } from './handlers.ts'

export interface LiveOptions {
  readonly db: Database
  readonly store: Store
  readonly authenticator: Authenticator
  readonly clock: Clock
  readonly logger: Logger
  readonly clientOrigin?: string | undefined
}

const { channels } = contract

/** Holds for the mill's channels: their pattern has this parameter. */
type MillParams = MatchedParams<'mill:{millId}'>

/** Everything that Millrace is told of the mill: who people are, what they may hear, and what their requests do. */
export function liveOptions({ db, store, authenticator, clock, logger, clientOrigin }: LiveOptions): ServerOptions<RiceMillContract> {
  return {
    contract,
    tenant,
    store,
    clock,
    logger,
    auth: authenticator,
    ...(clientOrigin !== undefined && { origins: [clientOrigin] }),

    loadUser(identity) {
      const user = activeUser(db, identity)
      return user && { active: true, name: user.name, roles: [user.role], claims: { millId: user.millId } }
    },

    // Asked at each subscription, at each recovery, and again whenever somebody's rights have changed.
    policy: {
      user: ({ identity, params }) => activeUser(db, identity)?.id === params.userId,
      mill({ identity, params }) {
        const user = activeUser(db, identity)
        return user !== null && mayEnterMill(db, user, params.millId)
      },
      admin: ({ identity }) => activeUser(db, identity)?.role === 'SUPER_ADMIN',
      everyone: ({ identity }) => activeUser(db, identity) !== null,
    },

    /** What a connection hears without asking. */
    assign(identity) {
      const user = activeUser(db, identity)
      if (user === null) return []
      return [
        channels.everyone(),
        channels.user({ userId: user.id }),
        ...(user.role === 'SUPER_ADMIN' ? [channels.admin()] : []),
        ...(user.millId === null ? [] : [channels.mill({ millId: user.millId })]),
      ]
    },

    onConnect: (connection) => connection.send('connected', { userId: connection.identity.userId, message: 'Connected successfully' }),

    handlers: createHandlers(db, clock),

    namespaces: {
      '/admin': { admit: (identity) => identity.roles.includes('SUPER_ADMIN') },
      '/mill': {},
    },

    inbox: {
      directory: {
        usersWithRole: (_, role) => directory.withRole(db, role),
        usersOfChannel: (_, { channel, params }) => (channel === 'mill' ? directory.ofMill(db, (params as MillParams).millId) : []),
        allUsers: () => directory.everybody(db),
      },
      announce,
    },

    // The texts that the mill's clients have always been shown.
    refusalMessages: {
      auth_required: 'Authentication token required',
      auth_invalid: 'Invalid token',
      auth_expired: 'Invalid token',
      auth_inactive: 'User not found or inactive',
      auth_unavailable: 'Authentication failed',
    },
    errorEvent: { name: 'error', payload: ({ message }) => ({ message }) },
  }
}
