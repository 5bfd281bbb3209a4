import type { AnyContract } from '@millrace/contract'
import { createServer, jwt, type MillraceServer, pinoLogger, type ServerOptions, type Store } from '@millrace/server'
import { benchSecret, benchTenant, noisyQuota, noisyTenant } from '../wire.ts'

// One address, and in a target one user, is every client here.
const wide = { perSecond: 1_000_000, burst: 1_000_000 }

/** All that a user would have on: tokens, policy, metrics, logs, and a log that survives. Only rates per client are wide. */
export function createMillrace<C extends AnyContract>(
  store: Store,
  options: Pick<ServerOptions<C>, 'broker' | 'contract' | 'policy' | 'assign' | 'onConnect' | 'handlers'>,
): MillraceServer<C> & AsyncDisposable {
  const server = createServer({
    ...options,
    auth: jwt({ secret: benchSecret, claims: { tenant: 'tenant' } }),
    tenant: benchTenant,
    store,
    logger: pinoLogger({ level: 'warn' }),
    quotas: (tenant) => (tenant === noisyTenant ? { publications: noisyQuota } : {}),
    limits: {
      connectionsPerAddress: wide,
      messagesPerAddress: wide,
      messagesPerConnection: wide,
      messagesPerTenant: wide,
      messagesPerUser: wide,
    },
  })
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      await server.close()
      await store.close()
    },
  })
}
