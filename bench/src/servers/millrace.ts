import { join } from 'node:path'
import { createServer, jwt, pinoLogger } from '@millrace/server'
import { sqliteStore } from '@millrace/server/sqlite'
import { benchSecret, benchTenant, connectedEvent, events } from '../wire.ts'
import { contract } from './contract.ts'
import { readSetup, serve } from './serve.ts'

const { dataDir } = readSetup()
const { mill, everyone, user } = contract.channels
const first = mill({ millId: 1 })
// One machine is every client here.
const wide = { perSecond: 1_000_000, burst: 1_000_000 }

/** All that a user would have on: tokens, policy, metrics, logs, and a log on the disk. */
const rt = createServer({
  contract,
  auth: jwt({ secret: benchSecret, claims: { tenant: 'tenant' } }),
  tenant: benchTenant,
  policy: { mill: () => true, user: ({ identity, params }) => identity.userId === params.userId, everyone: () => true },
  assign: ({ userId, claims }) => [mill({ millId: Number(claims.mill ?? 1) }), everyone(), user({ userId })],
  onConnect: (connection) => connection.send(connectedEvent, { userId: connection.identity.userId }),
  store: sqliteStore({ path: join(dataDir, 'millrace.db') }),
  logger: pinoLogger({ level: 'warn' }),
  limits: {
    connectionsPerAddress: wide,
    messagesPerAddress: wide,
    messagesPerConnection: wide,
    messagesPerTenant: wide,
    messagesPerUser: wide,
  },
})

serve({
  attach: (http) => rt.attach(http),
  publish: (delivery, payload) => rt.publish(first, events[delivery], payload),
})
