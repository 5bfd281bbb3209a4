import { createClient, type PositionStorage } from '@millrace/client'
import { type Job, openJobs } from '@millrace/server'
import { testSecret } from '@millrace/server/testing'
import {
  type ChildServer,
  eventually,
  mintToken,
  pause,
  type Random,
  seededRandom,
  startChildServer,
  within,
} from '@millrace-tests/support'
import { judgeJobs, type SeenJobs } from './judge-jobs.ts'
import { contract, jobs } from './reports.ts'
import { openShared } from './shared-store.ts'

export interface RunJobsOptions {
  /** An address of PostgreSQL, or a file of SQLite. */
  readonly store: string
  readonly seed: number
  readonly reports: number
  readonly workers: number
  /** Takes the store away and brings it back. Left out where nothing can. */
  readonly breakStore?: () => Promise<void>
}

export interface JobRun {
  readonly faults: readonly string[]
  readonly completed: number
  readonly failed: number
  readonly kills: number
  readonly freezes: number
  /** The most attempts that one report took. */
  readonly attempts: number
}

const token = mintToken(testSecret, { sub: 'ana', tenant: 'acme' })

function memoryStorage(): PositionStorage {
  const entries = new Map<string, string>()
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  }
}

/** One person with the SDK, who may go away and come back with what the page has stored. */
function reader(name: string, url: string) {
  const states: SeenJobs['states'][number][] = []
  const ends: string[] = []
  const positions = memoryStorage()
  function come() {
    const client = createClient({
      contract,
      url,
      token: () => token,
      positions,
      random: () => 0.05,
      attemptTimeoutMs: 4_000,
      onError: () => {},
    })
    const live = new Promise<void>((resolve) => {
      const handle = client.channel(contract.channels.reports({ userId: 'ana' }))
      handle.subscribe({
        on: {
          'report:state': ({ job, state, progress }) => void states.push({ job, state, progress }),
          'report:done': ({ job }) => void ends.push(job),
          'report:failed': ({ job }) => void ends.push(job),
        },
        load: () => resolve(),
      })
    })
    return { live, leave: () => client.close() }
  }
  return { come, seen: (): SeenJobs => ({ reader: name, states, ends }) }
}

/** Workers that are killed or frozen at random, a server that is killed once, a store that goes away once, one person who watches and one who was away. */
export async function runJobs({ store: place, seed, reports, workers, breakStore }: RunJobsOptions): Promise<JobRun> {
  const random = seededRandom(seed)
  const store = await openShared(place)
  const open = openJobs({ store, jobs, tenant: 'acme' })
  const startWorker = (chance: Random) =>
    startChildServer({ entry: new URL('./worker-main.ts', import.meta.url), env: { SEED: String(chance.int(0, 1_000_000)), STORE: place } })
  const startServer = (port: string): Promise<ChildServer> =>
    startChildServer({ entry: new URL('./server-main.ts', import.meta.url), env: { PORT: port, STORE: place } })
  let server = await startServer('0')
  const port = String(server.ready.port)
  const url = `http://127.0.0.1:${port}`
  const crew: ChildServer[] = await Promise.all(Array.from({ length: workers }, () => startWorker(random)))
  const [watcher, traveller] = [reader('the watcher', url), reader('the traveller', url)]
  const watching = watcher.come()
  await within(10_000, 'the first subscription', watching.live)
  const before = traveller.come()
  await within(10_000, 'the second subscription', before.live)
  before.leave()

  let [kills, freezes] = [0, 0]
  let over = false
  // Nobody starts while the store is away: a process that does not find it ends, and says so.
  let steady = false
  let broken = breakStore === undefined
  async function disturb(chance: Random): Promise<void> {
    while (!over) {
      await pause(chance.int(200, 700))
      if (steady && !broken) {
        broken = true
        await breakStore?.()
      }
      const victim = chance.int(0, workers - 1)
      const worker = crew[victim]
      if (worker?.alive && chance.chance(0.6)) {
        // Past its lease: when it goes on its jobs are others'.
        worker.signal('SIGSTOP')
        await pause(1_500)
        worker.signal('SIGCONT')
        freezes += 1
        continue
      }
      await worker?.kill()
      kills += 1
      crew[victim] = await startWorker(chance)
    }
  }
  try {
    const actor = { id: 'ana' }
    const asked: Promise<Job>[] = []
    for (let n = 0; n < reports; n += 1) {
      const create = () => open.create('report', { userId: 'ana', rows: n }, { actor, dedupeKey: `report ${n}` })
      // Asked twice, as by somebody who got no answer.
      asked.push(create(), create())
    }
    asked.push(open.create('deadly', { userId: 'ana', rows: 0 }, { actor }))
    const ids = new Set((await Promise.all(asked)).map(({ id }) => id))
    const disturbing = disturb(random.fork())
    await pause(random.int(500, 1_500))
    await server.kill()
    await pause(random.int(100, 500))
    server = await startServer(port)
    steady = true
    const stored = async (): Promise<readonly Job[]> => (await open.list({ limit: 200 })).jobs
    const isEnded = ({ state }: Job): boolean => state !== 'queued' && state !== 'running'
    const ended = () =>
      stored().then(
        (found) => broken && found.every(isEnded),
        () => false,
      )
    await eventually('every job has ended', ended, { ms: 90_000 })
    over = true
    await disturbing

    const all = await stored()
    const heard = (one: typeof watcher) => all.every(({ id }) => one.seen().ends.includes(id))
    await eventually('the watcher hears every end', () => heard(watcher), { ms: 20_000, describe: () => watcher.seen().ends.length })
    const after = traveller.come()
    await eventually('the traveller hears every end', () => heard(traveller), { ms: 20_000, describe: () => traveller.seen().ends.length })
    const shown = (one: typeof watcher) =>
      all.every(({ id, state }) => one.seen().states.some((seen) => seen.job === id && seen.state === state))
    await eventually('both see the final states', () => shown(watcher) && shown(traveller), { ms: 20_000 })
    watching.leave()
    after.leave()

    const key = 'acme/reports:ana' as Parameters<typeof store.log.head>[0]
    const page = await store.log.read(key, { ...(await store.log.head(key)), offset: 0 }, 1_000)
    // Holds: both events say so.
    const logged = page.kind === 'page' ? page.publications.map(({ json }) => (JSON.parse(json) as { job: string }).job) : []
    const { unread } = await store.inbox.count('acme', 'ana')
    const faults = [...judgeJobs(all, logged, [watcher.seen(), traveller.seen()])]
    if (all.length !== ids.size || all.length !== reports + 1) faults.push(`${all.length} jobs of ${reports + 1} that were asked for`)
    if (unread !== all.length) faults.push(`${unread} notifications of ${all.length} ends`)
    return {
      ...{ faults, kills, freezes },
      completed: all.filter(({ state }) => state === 'completed').length,
      failed: all.filter(({ state }) => state === 'failed').length,
      attempts: Math.max(...all.filter(({ type }) => type === 'report').map(({ attempt }) => attempt)),
    }
  } finally {
    over = true
    watching.leave()
    await Promise.all([server, ...crew].map((one) => one.kill()))
    await store.close()
  }
}
