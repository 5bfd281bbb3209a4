import { createInterface } from 'node:readline'
import { postgresStore } from '@millrace/server/postgres'

/** A node that relays, as a process of its own: says what was handed over to it, one line per batch: `[time, [id, offset] …]`. */
const store = await postgresStore({ url: process.env.STORE_URL ?? '' })
store.outbox.listen((envelopes) => {
  const line = [Date.now(), ...envelopes.map(({ id, position }) => [id, position?.offset ?? 0])]
  process.stdout.write(`${JSON.stringify(line)}\n`)
})
process.stdout.write('"ready"\n')
// It ends with its parent.
createInterface({ input: process.stdin }).on('close', () => process.exit())
