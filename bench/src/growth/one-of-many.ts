import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { escapeParam } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import { type Broker, createServer, type Envelope, type MillraceServer } from '@millrace/server'
import { contract } from '../servers/contract.ts'
import { benchTenant } from '../wire.ts'

/** A real node, and a broker that plays the others. */
export interface OneOfMany {
  readonly server: MillraceServer<typeof contract>
  readonly self: string
  readonly others: readonly string[]
  /** Lets time pass, in which all others beat. */
  pass(ms: number): Promise<void>
  /** What the node has said on a channel of the nodes, since this was last asked. */
  said(line: string): readonly string[]
  /** Microseconds of the node's processor time to hear what another says. */
  hear(from: string, line: string, json: string): number
}

const beatMs = 2_000
export const startedAt = 1_800_000_000_000

export async function oneOf(nodes: number): Promise<OneOfMany> {
  const clock = manualClock(startedAt)
  const published: Envelope[] = []
  let handler: (envelope: Envelope) => void = () => undefined
  const broker: Broker = {
    lossless: false,
    async publish(envelope) {
      published.push(envelope)
      // What it says itself comes back.
      queueMicrotask(() => handler(envelope))
    },
    async subscribe() {},
    async unsubscribe() {},
    listen(to) {
      handler = to
    },
    async check() {},
    async close() {},
  }
  const server = createServer({
    ...{ contract, broker, clock, tenant: benchTenant },
    auth: { authenticate: async () => ({ ok: false, code: 'auth_invalid', reason: 'nobody connects here' }) },
    policy: { mill: () => true, user: () => true, everyone: () => true },
  })
  await nextTurn()
  const others = Array.from({ length: nodes - 1 }, () => randomUUID())
  // Holds: these are names of channels as nodes make them.
  const channelOf = (line: string) => `${escapeParam('$cluster')}/${line}` as Envelope['channel']
  const hear = (from: string, line: string, json: string): number => {
    const start = process.cpuUsage()
    handler({ channel: channelOf(line), delivery: 'volatile', event: 'node', id: from, json, time: clock.now() })
    const { user, system } = process.cpuUsage(start)
    return user + system
  }
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += beatMs) {
      for (const other of others) hear(other, '$nodes', JSON.stringify({ kind: 'beat', ageMs: 60_000, greets: false }))
      await clock.advance(Math.min(beatMs, ms - passed))
    }
  }
  await pass(beatMs)
  return {
    ...{ server, others, pass, hear },
    self: published.find(({ channel }) => channel === channelOf('$nodes'))?.id ?? '',
    said: (line) =>
      published
        .splice(0)
        .filter(({ channel }) => channel === channelOf(line))
        .map(({ json }) => json),
  }
}
