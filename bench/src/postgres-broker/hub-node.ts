import { postgresBroker, postgresStore } from '@millrace/server/postgres'
import { Pool } from 'pg'
import { contract } from '../servers/contract.ts'
import { createMillrace } from '../servers/millrace-server.ts'
import { insertMovement, inTransaction } from '../servers/movements.ts'
import { readSetup, serve } from '../servers/serve.ts'
import { connectedEvent, events } from '../wire.ts'

const { mill } = contract.channels
const { postgresUrl } = readSetup()
if (postgresUrl === null) throw new Error('a node of this benchmark needs PostgreSQL')
const pool = new Pool({ connectionString: postgresUrl })

const rt = createMillrace(await postgresStore({ pool }), {
  contract,
  broker: await postgresBroker({ pool }),
  policy: { mill: () => true, user: () => true, everyone: () => true },
  assign: ({ claims }) => (Array.isArray(claims.mills) ? claims.mills.map((millId) => mill({ millId })) : []),
  onConnect: (connection) => connection.send(connectedEvent, { userId: connection.identity.userId }),
  handlers: { 'stock:ask': ({ n }) => ({ n }) },
})

serve({
  attach: (http) => rt.attach(http),
  publish: (millId, delivery, payload, tenant) => rt.publish(mill({ millId }), events[delivery], payload, { tenant }),
  transact: (millId, payloadNow, tenant) =>
    inTransaction(pool, async (tx) => {
      await tx.query(insertMovement, [JSON.stringify(payloadNow())])
      await rt.publish(mill({ millId }), events.durable, payloadNow(), { tenant, tx })
    }),
})
