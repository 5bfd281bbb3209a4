import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import type { LoadCommands } from '../load/commands.ts'
import { machineLine } from '../machine.ts'
import { type Child, startChild } from '../process/child.ts'
import { createDatabase } from '../process/postgres.ts'
import { openWorkshop, type Workshop } from '../process/workshop.ts'
import type { ServerCommands } from '../servers/commands.ts'
import { movementsTable } from '../servers/movements.ts'
import { benchTenant } from '../wire.ts'
import type { BrokerCommands, Heard } from './commands.ts'

const seconds = 5
const usualPadBytes = 150
// Not a number, where nothing was heard, comes as null from another process.
const ms = (us: number | null): string => (us === null ? '' : `${(us / 1_000).toFixed(1)} ms`)
const perSecond = (count: number, took: number): string => `${Math.round(count / took).toLocaleString('en')}/s`

type Node = Child<BrokerCommands>

interface Run {
  readonly publishers: readonly Node[]
  readonly reader: Node
}

/** One database, nodes that publish on core 0, and one that hears them on core 1. */
async function withNodes<T>(workshop: Workshop, program: string, count: number, use: (run: Run) => Promise<T>): Promise<T> {
  const database = await createDatabase()
  const logFile = join(workshop.dataDir(), 'log')
  const nodes = Array.from({ length: count + 1 }, (_, index) =>
    startChild<BrokerCommands>({ program, core: index === count ? 1 : 0, logFile }),
  )
  try {
    await Promise.all(nodes.map((node) => node.ask('open', { url: database.url })))
    const [reader, ...publishers] = nodes.toReversed()
    if (reader === undefined) throw new Error('no nodes')
    return await use({ publishers, reader })
  } finally {
    await Promise.all(nodes.map((node) => node.stop()))
    await database.drop()
  }
}

interface Flood {
  readonly perSecond: number | null
  readonly padBytes?: number
  readonly others?: number
  readonly toNobody?: boolean
}

async function flood({ publishers, reader }: Run, { padBytes = usualPadBytes, others = 0, ...flooding }: Flood) {
  await reader.ask('subscribe', { others })
  const publish = async (time: number) => {
    const sent = await Promise.all(publishers.map((node) => node.ask('publish', { ...flooding, padBytes, seconds: time })))
    return sent.reduce((sum, { taken }) => sum + taken, 0)
  }
  await publish(1).then((count) => reader.ask('read', { count: flooding.toNobody ? 0 : count }))
  const start = performance.now()
  const taken = await publish(seconds)
  // To the last that is heard: a reader that is slower than those who publish is what is measured.
  const heard = await reader.ask('read', { count: flooding.toNobody ? 0 : taken })
  return { ...heard, rate: perSecond(taken, (performance.now() - start) / 1_000) }
}

/** From just before the commit on one node to the client of another, at 200 commits a second. */
async function commits(workshop: Workshop, program: string, load: string): Promise<Heard> {
  const database = await createDatabase()
  const logFile = join(workshop.dataDir(), 'log')
  const setup = { dataDir: workshop.dataDir(), postgresUrl: database.url }
  const nodes = [0, 1].map((core) => startChild<ServerCommands>({ program, core, logFile, setup }))
  const clients = startChild<LoadCommands>({ program: load, core: 1, logFile })
  try {
    const app = new Client({ connectionString: database.url })
    await app.connect()
    await app.query(movementsTable)
    await app.end()
    const [here, there] = nodes
    if (here === undefined || there === undefined) throw new Error('no nodes')
    await here.ask('listen', null)
    const { port } = await there.ask('listen', null)
    const readers = { group: 'readers', count: 10 }
    await clients.ask('connect', {
      ...readers,
      port,
      protocol: 'socketio',
      mills: [1, 2, 3, 4, 5, 6, 7, 8],
      tenant: benchTenant,
      atOnce: 10,
    })
    const publishing = {
      deliveries: ['durable'],
      firstMill: 1,
      mills: 8,
      perSecond: 200,
      perTurn: 1,
      padBytes: usualPadBytes,
      transactional: true,
    } as const
    await here.ask('publish', { ...publishing, count: 200 })
    await pause(500)
    await clients.ask('reset', null)
    const { failed } = await here.ask('publish', { ...publishing, count: 200 * seconds })
    await pause(1_500)
    const { deliveries, p50Us, p99Us } = await clients.ask('read', { group: readers.group })
    if (failed > 0 || deliveries !== 200 * seconds * readers.count) throw new Error(`${deliveries} deliveries, ${failed} failures`)
    return { count: deliveries, p50Us, p99Us }
  } catch (error) {
    throw new Error(`the servers said: ${readFileSync(logFile, 'utf8').slice(0, 2_000)}`, { cause: error })
  } finally {
    await Promise.all([...nodes, clients].map((child) => child.stop()))
    await database.drop()
  }
}

/** Measures the PostgreSQL broker by itself, and between two servers; prints a table. An argument chooses rows by what is in their names. */
async function run(only: string): Promise<void> {
  const workshop = openWorkshop()
  process.once('exit', () => workshop.remove())
  const program = await workshop.bundle('postgres-broker/broker-node.ts')
  const hub = await workshop.bundle('postgres-broker/hub-node.ts')
  const load = await workshop.bundle('load/generator.ts')
  console.log(`${machineLine}\n\n| | publications | p50 | p99 |\n| --- | --- | --- | --- |`)
  const row = (what: string, rate: string, { p50Us, p99Us }: Heard): void =>
    console.log(`| ${what} | ${rate} | ${ms(p50Us)} | ${ms(p99Us)} |`)
  const cases: readonly (readonly [what: string, nodes: number, Flood])[] = [
    ['1 node publishes, by the clock', 1, { perSecond: 200 }],
    ['4 nodes publish, by the clock', 4, { perSecond: 50 }],
    ['1 node, as fast as it goes', 1, { perSecond: null }],
    ['4 nodes, as fast as they go', 4, { perSecond: null }],
    ['1 node, as fast as it goes; the reader holds 10,000 channels', 1, { perSecond: null, others: 10_000 }],
    ['1 node, as fast as it goes, 7 KB each', 1, { perSecond: null, padBytes: 7_000 }],
    ['1 node, as fast as it goes, 64 KB each', 1, { perSecond: null, padBytes: 65_536 }],
    ['1 node, as fast as it goes, to a channel that nobody holds', 1, { perSecond: null, toNobody: true }],
  ]
  for (const [what, nodes, flooding] of cases) {
    if (!what.includes(only)) continue
    const figures = await withNodes(workshop, program, nodes, (started) => flood(started, flooding))
    row(what, figures.rate, figures)
  }
  const what = 'commit on one server to the clients of another'
  if (what.includes(only)) row(what, '200 commits/s', await commits(workshop, hub, load))
}

await run(process.argv[2] ?? '')
