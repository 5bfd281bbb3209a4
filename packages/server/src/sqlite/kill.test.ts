import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ChannelName } from '@millrace/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import type { LoggedPublication } from '../log/port.ts'
import type { DriverName } from './driver.ts'
import type { PublisherOptions } from './fixtures/publisher.ts'
import { drivers, newFolder, type OpenStore, openStore } from './test-subjects.ts'

type Line =
  | readonly ['appended', index: number, offset: number, id: string, epoch: string]
  | readonly ['committed', index: number, id: string]

const publisher = fileURLToPath(new URL('./fixtures/publisher.ts', import.meta.url))
const root = fileURLToPath(new URL('../../../..', import.meta.url))
const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** Runs a publisher to its end, or until it has said `killAfter` lines and is killed with SIGKILL. */
async function publish(options: PublisherOptions, killAfter = Number.POSITIVE_INFINITY): Promise<readonly Line[]> {
  const child = spawn(process.execPath, ['--conditions=millrace-source', '--import', 'tsx', publisher, JSON.stringify(options)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let problems = ''
  child.stderr.on('data', (chunk: Buffer) => {
    problems += chunk.toString()
  })
  const lines: Line[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Holds: the publisher writes nothing else, and a pipe takes each of its lines whole.
    lines.push(JSON.parse(line) as Line)
    if (lines.length === killAfter) child.kill('SIGKILL')
  })
  const [code, signal] = await new Promise<readonly [number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (...end) => resolve(end))
  })
  running.delete(child)
  if (killAfter === Number.POSITIVE_INFINITY ? code !== 0 : signal !== 'SIGKILL')
    throw new Error(`the publisher ended with ${code ?? signal}: ${problems}`)
  return lines
}

// Holds: a name as a pattern would format it.
const channelAt = (index: number) => channelKey('acme', `mill:${index}` as ChannelName)

/** Everything in the three channels, after what was committed has moved to the log. */
async function contents({ store, app }: OpenStore) {
  const marker = { event: 'marker', json: '{}', id: 'marker', time: 1 }
  const channels: (readonly LoggedPublication[])[] = []
  for (const index of [0, 1, 2]) {
    const { position } = await store.log.append(channelAt(index), marker)
    const page = await store.log.read(channelAt(index), { ...position, offset: 0 }, 1_000_000)
    channels.push(page.kind === 'page' ? page.publications : [])
  }
  // Holds: the table was made by the publisher with this column.
  const purchases = app.prepare('SELECT id FROM purchases').all() as { readonly id: string }[]
  return { channels, purchases: purchases.map(({ id }) => id) }
}

/** Numbers in [0, 1) by seed: mulberry32. */
function randomBy(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

async function check(driver: DriverName, path: string, lines: readonly Line[]): Promise<void> {
  const opened = openStore(driver, {}, path)
  // What was committed and had not moved is moved where somebody listens.
  opened.store.outbox.listen(() => undefined)
  const { channels, purchases } = await contents(opened)
  const { epoch } = await opened.store.log.head(channelAt(0))
  await opened.close()
  for (const publications of channels) expect(publications.map(({ offset }) => offset)).toEqual(publications.map((_, index) => index + 1))
  const appended = lines.filter((line) => line[0] === 'appended')
  for (const [, index, offset, id, givenEpoch] of appended) {
    expect(channels[index]?.[offset - 1]?.id).toBe(id)
    expect(givenEpoch).toBe(epoch)
  }
  const all = channels.flatMap((publications) => publications.map(({ id }) => id)).filter((id) => id !== 'marker')
  expect(new Set(all).size).toBe(all.length)
  const published = all.filter((id) => /:t\d+$/.test(id))
  expect(published.sort()).toEqual(purchases.sort())
  const committed = lines.filter((line) => line[0] === 'committed').map((line) => line[2])
  for (const id of committed) expect(purchases).toContain(id)
  // A run that has promised nothing shows nothing.
  expect(appended.length).toBeGreaterThan(0)
  expect(committed.length).toBeGreaterThan(0)
}

describe.each(drivers)('processes on one SQLite file, by %s', (driver) => {
  it('[LOG2] [OUT1] keeps every promise when the process is killed at any moment, again and again', { timeout: 60_000 }, async () => {
    const random = randomBy(20_261_121)
    const path = join(newFolder(), 'app.db')
    const lines: Line[] = []
    for (let life = 0; life < 5; life += 1) {
      lines.push(...(await publish({ path, driver, name: `life${life}`, count: null }, 20 + Math.floor(random() * 900))))
      await check(driver, path, lines)
    }
  })

  it('[LOG1] [OUT2] gives one consecutive order to processes that publish at the same time', { timeout: 60_000 }, async () => {
    const path = join(newFolder(), 'app.db')
    await openStore(driver, {}, path).close()
    const both = ['left', 'right'].map((name) => publish({ path, driver, name, count: 60 }))
    const lines = (await Promise.all(both)).flat()
    expect(lines.filter((line) => line[0] === 'appended')).toHaveLength(2 * 60 * 5)
    expect(lines.filter((line) => line[0] === 'committed')).toHaveLength(2 * 45)
    await check(driver, path, lines)
  })
})
