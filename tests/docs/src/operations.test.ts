import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createClient, type MillraceClient } from '@millrace/client'
import type { AnyContract, ChannelRef } from '@millrace/contract'
import { limitDefaults, type Rate } from '@millrace/server'
import { sqliteDefaults } from '@millrace/server/sqlite'
import { eventually } from '@millrace-tests/support'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { membersOf } from './node/declared.ts'
import { openSamples, type Program, type Samples } from './node/samples.ts'
import { nameOf, tableAfter } from './tables.ts'
import { secret, tokenOf } from './tokens.ts'

const guide = 'docs/guides/operations.md'

const shown = (limit: number | Rate) => (typeof limit === 'number' ? String(limit) : `${limit.perSecond} a second, ${limit.burst} at once`)

it('lists every limit with its default', () => {
  const rows = tableAfter(guide, '## Limits').map((row) => [nameOf(row), row[1]])
  expect(rows).toEqual(Object.entries<number | Rate>(limitDefaults).map(([name, limit]) => [name, shown(limit)]))
})

it('lists every quota', () => {
  expect(tableAfter(guide, '## Quotas').map(nameOf)).toEqual(membersOf('packages/server/src/limits/options.ts', 'Quotas'))
})

it('lists every bound of the store with its default', () => {
  const line = "The store has bounds of its own, in `sqliteStore`'s options:"
  const { durability: _, ...bounds } = sqliteDefaults
  const rows = tableAfter(guide, line).map((row) => [nameOf(row), row[1] ?? ''] as const)
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(Object.entries(bounds).map(([name, bound]) => [name, String(bound)])))
})

describe('the server of the guide', () => {
  let samples: Samples
  let server: Program
  let client: MillraceClient
  let channel: ChannelRef
  const told: string[] = []

  const page = async (path: string) => await fetch(`${samples.url}${path}`)
  async function start(): Promise<void> {
    server = samples.run('server.ts', { env: { JWT_SECRET: secret } })
    await eventually('the server', async () => (await page('/health/ready').catch(() => null))?.status === 200, { ms: 20_000 })
  }
  const live = () => eventually('live', () => client.channel(channel).status.getSnapshot().state === 'live', { ms: 30_000 })
  const buy = (kg: number) => client.request('buy', { millId: '1', kg })

  beforeEach(async () => {
    samples = await openSamples('operations')
    const { mill } = await samples.load<{ mill: AnyContract & { channels: { mill(params: { millId: string }): ChannelRef } } }>(
      'contract.ts',
    )
    channel = mill.channels.mill({ millId: '1' })
    await start()
    client = createClient({ contract: mill, url: samples.url, token: () => tokenOf('asha', { millId: '1' }), random: () => 0 })
    told.length = 0
    client.channel(channel).subscribe({
      load: ({ why }) => told.push(`load: ${why}`),
      on: { 'purchase:created': (_, { position }) => told.push(`no. ${position?.offset}`) },
      onGap: ({ why }) => told.push(`gap: ${why}`),
    })
    await live()
  })
  afterEach(async () => {
    client.close()
    await samples.close()
  })

  it('[OPS1] has the metrics that the guide lists, with their labels', async () => {
    await buy(1)
    await eventually('the purchase', () => told.includes('no. 1'))
    const text = await (await page('/metrics')).text()
    const listed = new Map(
      tableAfter(guide, '## Metrics').map((row) => [nameOf(row), (row[1] ?? '').replaceAll('`', '').split(', ').join()]),
    )
    const names = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name)
    expect([...listed.keys()].sort()).toEqual(names.sort())
    const labelled = [...text.matchAll(/^(\w+?)(?:_bucket|_sum|_count)?\{(.*)\} /gm)].map(([, name = '', labels = '']) => {
      const known = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label).filter((label) => label !== 'le')
      return [name, known.join()] as const
    })
    expect(labelled.length).toBeGreaterThan(5)
    for (const [name, labels] of labelled) expect([name, listed.get(name)]).toEqual([name, labels])
  })

  it('[HLT3] drains on SIGTERM and exits with 0; clients come back to the next server', async () => {
    expect(await server.kill('SIGTERM')).toBe(0)
    await start()
    await live()
    await buy(1)
    await eventually('the purchase', () => told.includes('no. 1'))
    expect(told).toEqual(['load: initial', 'no. 1'])
  })

  it('[LOG6] begins a new epoch where a backup was restored, and clients load again', async () => {
    await buy(1)
    await samples.run('backup.ts').exited
    await buy(2)
    await eventually('the purchases', () => told.includes('no. 2'))
    await server.kill('SIGTERM')
    const file = (name: string) => join(samples.folder, name)
    for (const name of ['mill.db', 'mill.db-wal', 'mill.db-shm']) rmSync(file(name), { force: true })
    copyFileSync(file('backup.db'), file('mill.db'))
    await start()
    await live()
    await buy(3)
    await eventually('the last purchase', () => told.at(-1) === 'no. 2', { describe: () => told })
    expect(told).toEqual(['load: initial', 'no. 1', 'no. 2', 'gap: new-epoch', 'load: new-epoch', 'no. 2'])
  })
})
