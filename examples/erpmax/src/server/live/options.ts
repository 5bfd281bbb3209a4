import type { ChannelRef, Clock } from '@millrace/contract'
import type { Authenticator, Broker, Identity, Logger, Policy, ServerOptions, Store } from '@millrace/server'
import { contract, type ErpmaxContract } from '../../contract.ts'
import { isNamespace, type Namespace, rooms } from '../../emitters/rooms.ts'
import { jobs, type ProvisioningJobs } from '../../worker/provisioning-job.ts'
import { type App, iso } from '../app.ts'
import type { Database } from '../database/port.ts'
import { findUser } from '../users.ts'
import { createHandlers } from './handlers.ts'

export interface LiveOptions {
  readonly db: Database
  readonly store: Store
  /** Between the nodes; without it there is one. */
  readonly broker?: Broker | undefined
  readonly authenticator: Authenticator
  readonly clock: Clock
  readonly logger: Logger
  /** Pages of other origins that may connect. */
  readonly origins: readonly string[]
  readonly trustedProxies: number
  readonly app: () => App
}

const ownUser: Policy<`${string}{userId}`> = ({ identity, params }) => identity.userId === params.userId
const ownTenant: Policy<`${string}{tenantId}`> = ({ identity, params }) => identity.tenant === params.tenantId

/** The rooms that a connection is in, by the namespace that it came to. */
function assigned({ userId, tenant: tenantId }: Identity, namespace: Namespace): readonly ChannelRef[] {
  const roomsOf = (of: Namespace) => [rooms[of].user({ userId }), rooms[of].tenant({ tenantId })]
  // The mobile app listens for `status:…` in the main namespace, too.
  return namespace === '/' ? [...roomsOf('/'), ...roomsOf('/provisioning')] : roomsOf(namespace)
}

/** Everything that Millrace is told of the orchestrator. */
export function liveOptions(given: LiveOptions): ServerOptions<ErpmaxContract, ProvisioningJobs> {
  const { db, broker, authenticator, app, ...passed } = given
  return {
    ...passed,
    contract,
    jobs,
    ...(broker !== undefined && { broker }),
    auth: authenticator,

    // As it is mounted (`/ws/socket.io`), and as its clients call it: `io('http://localhost:8000/ws/billing', { path: '/socket.io' })`.
    path: ['/ws/socket.io', '/socket.io'],
    namespaces: {
      '/notifications': {},
      '/provisioning': {},
      '/billing': {},
      '/ws': { aliasOf: '/' },
      '/ws/notifications': { aliasOf: '/notifications' },
      '/ws/provisioning': { aliasOf: '/provisioning' },
      '/ws/billing': { aliasOf: '/billing' },
    },

    async loadUser(identity) {
      const user = await findUser(db, identity.userId)
      return user !== null && user.tenant_id === identity.tenant ? { active: true, name: user.name, roles: [user.role] } : null
    },

    policy: {
      user: ownUser,
      notificationsUser: ownUser,
      provisioningUser: ownUser,
      billingUser: ownUser,
      tenant: ownTenant,
      notificationsTenant: ownTenant,
      provisioningTenant: ownTenant,
      billingTenant: ownTenant,
    },
    assign: (identity, { namespace }) => (isNamespace(namespace) ? assigned(identity, namespace) : []),
    onConnect: ({ identity, send }) =>
      send('connected', { message: 'Connected to ERPMax', user_id: identity.userId, tenant_id: identity.tenant }),
    handlers: createHandlers(app),
    errorEvent: { name: 'error', payload: ({ message }) => ({ message }) },

    inbox: {
      // For clients without an inbox of their own: what was stored for somebody is told in their room.
      announce: {
        event: 'notification:new',
        channelOf: (target) => ('user' in target ? contract.channels.notificationsUser({ userId: target.user }) : null),
        payload: ({ id, title, message, type, createdAt }) => ({ id, title, message, type, created_at: iso(createdAt) }),
      },
    },
  }
}
