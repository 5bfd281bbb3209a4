import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { channel, defineContract, event } from '@millrace/contract'
import { createServer, jwt, pinoLogger } from '@millrace/server'
import { sqliteStore } from '@millrace/server/sqlite'
import { z } from 'zod'
import { benchEvent, benchSecret, payload, volatileEvent } from '../protocol.ts'
import { serve } from './serve.ts'

const Movement = z.object({ t: z.number(), n: z.number(), pad: z.string() })
const contract = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: { [benchEvent]: event(Movement), [volatileEvent]: event(Movement, { delivery: 'volatile' }) },
    }),
    user: channel('user:{userId}', { events: { [benchEvent]: event(Movement) } }),
    everyone: channel('everyone', { events: { [benchEvent]: event(Movement) } }),
  },
  direct: { connected: event(z.object({ userId: z.string() }), { delivery: 'volatile' }) },
})
const mill = contract.channels.mill({ millId: 1 })

/** All that a user would have on: tokens, policy, metrics, logs, and a log on the disk. */
const rt = createServer({
  contract,
  auth: jwt({ secret: benchSecret, claims: { tenant: 'tenant' } }),
  tenant: 'bench',
  policy: { mill: () => true, user: () => true, everyone: () => true },
  assign: ({ userId }) => [mill, contract.channels.everyone(), contract.channels.user({ userId })],
  onConnect: (connection) => connection.send('connected', { userId: connection.identity.userId }),
  store: sqliteStore({ path: join(mkdtempSync(join(tmpdir(), 'millrace-')), 'millrace.db') }),
  logger: pinoLogger({ level: 'warn' }),
  limits: { connectionsPerAddress: { perSecond: 100_000, burst: 100_000 } },
})

async function publishDurably(n: number): Promise<void> {
  await rt.publish(mill, benchEvent, payload(n))
}

function publish(n: number, delivery: 'durable' | 'volatile'): void {
  void (delivery === 'durable' ? publishDurably(n) : rt.publish(mill, volatileEvent, payload(n)))
}

serve({ attach: (http) => rt.attach(http), publish, publishDurably })
