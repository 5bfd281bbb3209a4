import { createInterface } from 'node:readline'
import type { ChannelKey } from '@millrace/server'
import { postgresBroker } from '@millrace/server/postgres'

/** A node that does nothing but listen to one channel, as a process of its own. Says `ready`, then `restored` each time. */
const broker = await postgresBroker({ url: process.env.BROKER_URL ?? '' })
broker.listen(
  () => {},
  () => process.stdout.write('restored\n'),
)
// Holds: the test has made it.
await broker.subscribe((process.env.BROKER_CHANNEL ?? '') as ChannelKey)
process.stdout.write('ready\n')
// It ends with its parent.
createInterface({ input: process.stdin }).on('close', () => process.exit())
