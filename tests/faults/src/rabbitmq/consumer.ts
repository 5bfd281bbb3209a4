import { createServer, jwt } from '@millrace/server'
import { rabbitIngress } from '@millrace/server/rabbitmq'
import { sqliteStore } from '@millrace/server/sqlite'
import { testSecret } from '@millrace/server/testing'
import { testContract } from '@millrace-tests/support'

/** A consumer as a process of its own, to be killed: publishes a queue into a file. Tells its parent when it has begun. */
const { QUEUE = '', FILE = '', URL: url = '' } = process.env
const store = sqliteStore({ path: FILE })
const rt = createServer({ contract: testContract, auth: jwt({ secret: testSecret }), policy: {}, store })
await rabbitIngress(rt, { url, queue: QUEUE, tenant: 'acme', prefetch: 20, maxRedeliveries: 100 })
// It lives until it is killed, or its parent is gone.
process.once('disconnect', () => process.exit())
process.send?.({})
