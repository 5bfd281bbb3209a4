import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { channel, defineContract, event } from '@millrace/contract'
import { sqliteStore } from '@millrace/server/sqlite'
import { z } from 'zod'
import { mintToken } from '../load/mint-token.ts'
import { createMillrace } from '../servers/millrace-server.ts'
import { pace } from '../servers/pace.ts'
import { events } from '../wire.ts'
import type { TargetFlags } from './target-flags.ts'

/** A complete server for other people's load generators; started with its flags and a folder for its data. */
// Holds: `main.ts` starts it so.
const { flags, dataDir } = JSON.parse(process.argv[2] ?? '') as { flags: TargetFlags; dataDir: string }
const { connections, rate, rooms, delivery } = flags
const eventName = events.durable
const pad = 'x'.repeat(150)
const pollMs = 100
const backlog = 8_192
const tokenLifeSeconds = 30 * 86_400

const contract = defineContract({
  channels: {
    stock: channel('stock:{room}', {
      events: { [eventName]: event(z.object({ t: z.number(), pad: z.string(), n: z.number() }), { delivery }) },
    }),
  },
})
const channels = Array.from({ length: rooms }, (_, room) => contract.channels.stock({ room: room + 1 }))
const inTurn = (n: number): (typeof channels)[number] => {
  const found = channels[n % rooms]
  if (found === undefined) throw new Error('there is a channel for each turn')
  return found
}

let ending = false
let [assigned, ready, failures] = [0, 0, 0]
const rt = createMillrace(sqliteStore({ path: join(dataDir, 'millrace.db') }), {
  contract,
  policy: { stock: () => true },
  assign: () => [inTurn(assigned++)],
  onConnect: () => void ready++,
})
const http = createServer((request, response) => {
  if (!rt.handleHttp(request, response)) response.writeHead(404).end()
})

async function untilConnected(): Promise<void> {
  for (let told = -1; ; ) {
    // Those that are still there, as far as their subscriptions are in place.
    const now = Math.min(ready, (await rt.health()).connections)
    if (now !== told) console.log(`connected ${now}/${connections}`)
    if (now >= connections) return
    told = now
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

function publish(n: number): void {
  if (ending) return
  rt.publish(inTurn(n), eventName, { t: Date.now(), pad, n }).catch((error: unknown) => {
    if (failures++ === 0) console.error(`a publication failed: ${error instanceof Error ? error.message : error}`)
  })
}

async function end(): Promise<void> {
  if (ending) return
  ending = true
  http.close()
  await rt[Symbol.asyncDispose]()
  process.exit(0)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end())
// Whoever started it has gone.
process.on('disconnect', () => void end())

rt.attach(http)
http.on('error', (error) => {
  console.error(`--port ${flags.port} cannot be listened on (${error.message}): give another`)
  process.exit(2)
})
http.listen({ port: flags.port, backlog }, async () => {
  console.log(`listening on http://localhost:${(http.address() as AddressInfo).port} (Socket.IO at /socket.io, websocket and polling)`)
  const token = mintToken('load', { exp: Math.floor(Date.now() / 1_000) + tokenLifeSeconds })
  console.log(`token: ${token}`)
  console.log(`connect with: 40${JSON.stringify({ token })}`)
  await untilConnected()
  console.log(`publishing ${eventName} ${rate} times a second, ${delivery}, to ${rooms} channel${rooms === 1 ? '' : 's in turn'}`)
  await pace({ perSecond: rate, perTurn: 1, count: Number.POSITIVE_INFINITY }, publish)
})
