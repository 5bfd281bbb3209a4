import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { ChannelKey, Store } from '@millrace/server'
import { postgresStore } from '@millrace/server/postgres'
import { eventually, pause, type Random, seededRandom } from '@millrace-tests/support'
import { Client, Pool } from 'pg'
import { judgeChannel, type Written } from './judge.ts'
import { type NodeProcess, startNode } from './node-process.ts'

export interface StressOptions {
  readonly url: string
  readonly seed: number
  readonly seconds: number
  readonly writers?: number
  readonly tell?: (line: string) => void
}

export interface StressReport {
  readonly faults: readonly string[]
  readonly committed: number
  readonly rolledBack: number
  readonly kills: number
  readonly deadlocks: number
  /** Milliseconds, at p50 and p99: one write in a transaction, one direct append, one commit, and from commit to hand-over. */
  readonly write: readonly [number, number]
  readonly append: readonly [number, number]
  readonly commit: readonly [number, number]
  readonly delivery: readonly [number, number]
}

const channels = Array.from({ length: 12 }, (_, n) => `acme/mill:${n}`)
const longestTransactionMs = 5_000
const rolledBackShare = 0.2
const directPublishers = 4
const nodes = 2

// Holds: written as `channelKey` does for this tenant.
const keyOf = (channel: string) => channel as ChannelKey
const publication = (id: string) => ({ event: 'fact', json: JSON.stringify({ id }), id, time: Date.now() })

function percentiles(histogram: RecordableHistogram): readonly [number, number] {
  return [histogram.percentile(50) / 1_000, histogram.percentile(99) / 1_000]
}

/**
 * Writers with transactions of 0 to 5 s on four channels each, in random order, a fifth of them rolled back; direct publishers beside them;
 * one transaction that has published and stays open all the time; nodes that relay and are killed at random. Then the logs are judged.
 */
export async function runStress({ url, seed, seconds, writers = 64, tell = () => undefined }: StressOptions): Promise<StressReport> {
  const random = seededRandom(seed)
  const written = new Map<string, Written>()
  const handedOverAt = new Map<string, number>()
  const times = { write: createHistogram(), append: createHistogram(), commit: createHistogram(), delivery: createHistogram() }
  let [rolledBack, kills, deadlocks, made] = [0, 0, 0, 0]
  const end = Date.now() + seconds * 1_000
  const running = () => Date.now() < end

  const store: Store = await postgresStore({ url })
  const pool = new Pool({ connectionString: url, max: writers })
  pool.on('error', () => undefined)
  await pool.query('CREATE TABLE IF NOT EXISTS facts (id text PRIMARY KEY)')
  async function timed<T>(histogram: RecordableHistogram, work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    const value = await work()
    histogram.record(Math.max(1, Math.round((performance.now() - start) * 1_000)))
    return value
  }

  async function transact(chance: Random): Promise<void> {
    const mine: Written[] = []
    const client = await pool.connect()
    const totalMs = chance.next() * longestTransactionMs
    try {
      await client.query('BEGIN')
      const order = [...channels].sort(() => chance.next() - 0.5).slice(0, 4)
      for (const channel of order) {
        await pause(totalMs / 4)
        made += 1
        const one = { id: `t${made}`, channel, writtenAt: performance.now(), committedAt: null }
        mine.push(one)
        await client.query('INSERT INTO facts VALUES ($1)', [one.id])
        await timed(times.write, async () =>
          store.outbox.write(client, [{ ...publication(one.id), channel: keyOf(channel), delivery: 'durable' }]),
        )
      }
      const keep = !chance.chance(rolledBackShare)
      await timed(times.commit, () => client.query(keep ? 'COMMIT' : 'ROLLBACK'))
      if (!keep) rolledBack += 1
      const committedAt = keep ? performance.now() : null
      for (const one of mine) written.set(one.id, { ...one, committedAt })
      if (keep) for (const { id } of mine) committedClock.set(id, Date.now())
    } catch (error) {
      if (Reflect.get(Object(error), 'code') === '40P01') deadlocks += 1
      throw error
    } finally {
      client.release()
    }
  }
  const committedClock = new Map<string, number>()

  async function publish(chance: Random): Promise<void> {
    made += 1
    const channel = chance.pick(channels)
    const one = { id: `d${made}`, channel, writtenAt: performance.now() }
    await timed(times.append, () => store.log.append(keyOf(channel), publication(one.id)))
    written.set(one.id, { ...one, committedAt: performance.now() })
    await pause(chance.int(1, 60))
  }

  const open: NodeProcess[] = []
  const start = () => startNode(url, ({ id, at }) => void handedOverAt.set(id, at))
  async function killNodes(chance: Random): Promise<void> {
    while (running()) {
      await pause(chance.int(1_500, 4_000))
      const victim = chance.int(0, open.length - 1)
      await open[victim]?.kill()
      kills += 1
      open[victim] = await start()
    }
  }

  const idle = new Client({ connectionString: url })
  await idle.connect()
  for (let n = 0; n < nodes; n += 1) open.push(await start())
  try {
    await idle.query('BEGIN')
    for (const channel of channels.slice(0, 4))
      await store.outbox.write(idle, [{ ...publication(`idle ${channel}`), channel: keyOf(channel), delivery: 'durable' }])
    const loop = async (step: (chance: Random) => Promise<void>, chance: Random) => {
      while (running()) await step(chance)
    }
    await Promise.all([
      ...Array.from({ length: writers }, () => loop(transact, random.fork())),
      ...Array.from({ length: directPublishers }, () => loop(publish, random.fork())),
      killNodes(random.fork()),
    ])
    await idle.query('ROLLBACK')
    const watcher = await pool.connect()
    await eventually('the outbox is empty', async () => (await watcher.query('SELECT FROM millrace.outbox LIMIT 1')).rows.length === 0, {
      ms: 10_000,
    })
    watcher.release()
    for (const [id, at] of handedOverAt) {
      const committed = committedClock.get(id)
      if (committed !== undefined) times.delivery.record(Math.max(1, (at - committed) * 1_000))
    }
    const faults: string[] = []
    for (const channel of channels) faults.push(...judgeChannel(channel, await logOf(store, channel), written))
    const committed = [...written.values()].filter(({ committedAt }) => committedAt !== null).length
    const report = { faults, committed, rolledBack, kills, deadlocks }
    const figures = {
      write: percentiles(times.write),
      append: percentiles(times.append),
      commit: percentiles(times.commit),
      delivery: percentiles(times.delivery),
    }
    tell(
      `${committed} publications committed, ${rolledBack} transactions rolled back, ${kills} kills, ${deadlocks} deadlocks, ${faults.length} faults`,
    )
    for (const [what, [p50, p99]] of Object.entries(figures)) tell(`${what}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`)
    return { ...report, ...figures }
  } finally {
    for (const node of open) await node.kill()
    await idle.end()
    await pool.end()
    await store.close()
  }
}

async function logOf(store: Store, channel: string) {
  const { epoch } = await store.log.head(keyOf(channel))
  const all: { readonly id: string; readonly offset: number }[] = []
  for (;;) {
    const page = await store.log.read(keyOf(channel), { epoch, offset: all.length }, 1_000)
    if (page.kind === 'gap') throw new Error(`${channel}: a gap, ${page.why}`)
    if (page.publications.length === 0) return all
    all.push(...page.publications)
  }
}
