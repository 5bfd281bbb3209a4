import { createServer, jwt } from '@millrace/server'
import { rabbitIngress } from '@millrace/server/rabbitmq'
import { sqliteStore } from '@millrace/server/sqlite'
import { testSecret } from '@millrace/server/testing'
import { pause, testContract } from '@millrace-tests/support'

/**
 * A consumer as a process of its own, to be killed: publishes a queue into a file, slowly, so that a kill finds it in the middle. It dies of
 * the message that `POISON` names.
 */
const { QUEUE = '', FILE = '', URL: url = '', POISON = '', MAX_REDELIVERIES = '100' } = process.env
const store = sqliteStore({ path: FILE })
const { append } = store.log
store.log.append = async (channel, publication, options) => {
  if (POISON !== '' && publication.json.includes(POISON)) process.kill(process.pid, 'SIGKILL')
  await pause(20)
  return await append(channel, publication, options)
}
const rt = createServer({ contract: testContract, auth: jwt({ secret: testSecret }), policy: {}, store })
await rabbitIngress(rt, { url, queue: QUEUE, tenant: 'acme', prefetch: 20, maxRedeliveries: Number(MAX_REDELIVERIES) })
// It lives until it is killed, or its parent is gone.
process.once('disconnect', () => process.exit())
process.send?.({})
