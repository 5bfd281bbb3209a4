import { join } from 'node:path'
import { postgresStore } from '@millrace/server/postgres'
import { redisBroker } from '@millrace/server/redis'
import { sqliteStore } from '@millrace/server/sqlite'
import { Pool } from 'pg'
import { askRequest, connectedEvent, events, type Payload } from '../wire.ts'
import { contract } from './contract.ts'
import { createMillrace } from './millrace-server.ts'
import { insertMovement, inTransaction, movementsTable } from './movements.ts'
import { readSetup, serve } from './serve.ts'

const { mill, everyone, user } = contract.channels
/** A channel is made once, as applications do that publish to it again and again. */
const millOf = new Map<number, ReturnType<typeof mill>>()

function millChannel(millId: number): ReturnType<typeof mill> {
  const made = millOf.get(millId) ?? mill({ millId })
  millOf.set(millId, made)
  return made
}

const { dataDir, postgresUrl, redis } = readSetup()
// The application's own: the store takes its settings and none of its connections.
const pool = postgresUrl === null ? null : new Pool({ connectionString: postgresUrl })
const store = pool === null ? sqliteStore({ path: join(dataDir, 'millrace.db') }) : await postgresStore({ pool })
await pool?.query(movementsTable)

const rt = createMillrace(store, {
  contract,
  ...(redis !== undefined && { broker: await redisBroker({ url: redis.url, prefix: `${redis.name}:` }) }),
  policy: { mill: () => true, user: ({ identity, params }) => identity.userId === params.userId, everyone: () => true },
  assign: ({ userId, claims }) => [
    ...(Array.isArray(claims.mills) ? claims.mills.map((millId) => mill({ millId })) : []),
    everyone(),
    user({ userId }),
  ],
  onConnect: (connection) => connection.send(connectedEvent, { userId: connection.identity.userId }),
  handlers: { [askRequest]: ({ n }) => ({ n }) },
})

serve({
  attach: (http) => rt.attach(http),
  publish: (millId, delivery, payload, tenant) => rt.publish(millChannel(millId), events[delivery], payload, { tenant }),
  ...(pool !== null && {
    transact: (millId: number, payloadNow: () => Payload, tenant: string) =>
      inTransaction(pool, async (tx) => {
        await tx.query(insertMovement, [JSON.stringify(payloadNow())])
        await rt.publish(millChannel(millId), events.durable, payloadNow(), { tenant, tx })
      }),
  }),
  async queuedBytes() {
    const value = /^millrace_outbound_queue_bytes (\d+)$/m.exec(await rt.metrics())?.[1]
    if (value === undefined) throw new Error('the metrics do not tell the bytes in the outbound queues')
    return Number(value)
  },
})
