import { createClient, type MillraceClient } from '@millrace/client'
import type { AnyContract, ChannelRef } from '@millrace/contract'
import { memoryStore, type Store } from '@millrace/server'
import { startTestServer, type TestServer } from '@millrace/server/testing'
import { eventually } from '@millrace-tests/support'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openSamples, type Samples } from './node/samples.ts'

interface Purchase {
  readonly id: string
  readonly kg: number
}
interface ContractSample {
  readonly mill: AnyContract & { readonly channels: { mill(params: { millId: string }): ChannelRef } }
}
interface PurchasesSample {
  followPurchases(
    client: MillraceClient,
    millId: string,
    fetchPurchases: () => Promise<readonly Purchase[]>,
  ): { readonly rows: ReadonlyMap<string, Purchase>; stop(): void }
}

let samples: Samples
let contract: ContractSample['mill']
let server: TestServer<AnyContract>
let store: Store
let client: MillraceClient
let said: string[]

async function start(port: number): Promise<TestServer<AnyContract>> {
  return await startTestServer<AnyContract>({ contract, store, policy: { mill: () => true }, port })
}

async function publish(id: string): Promise<void> {
  const { channels } = contract
  await server.rt.publish(channels.mill({ millId: '1' }), 'purchase:created', { id, kg: 5 })
}

beforeEach(async () => {
  samples = await openSamples('recovery')
  contract = (await samples.load<ContractSample>('contract.ts')).mill
  store = memoryStore()
  server = await start(samples.port)
  client = createClient({ contract, url: samples.url, token: () => server.mint({ userId: 'asha' }), random: () => 0 })
  said = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
})
afterEach(async () => {
  vi.restoreAllMocks()
  client.close()
  await server.close()
  await samples.close()
})

/** Publishes while the client is away, on another node of the same store. */
async function whileAway(act: () => Promise<void>): Promise<void> {
  await server.close()
  server = await start(0)
  await act()
  await server.close()
  server = await start(samples.port)
}

async function follow() {
  const { followPurchases } = await samples.load<PurchasesSample>('purchases.ts')
  const loaded: Purchase[][] = [[{ id: 'old', kg: 1 }], [{ id: 'new', kg: 2 }]]
  const followed = followPurchases(client, '1', async () => loaded.shift() ?? [])
  await eventually('the first load', () => followed.rows.has('old'))
  await publish('first')
  await eventually('the first purchase', () => followed.rows.has('first'))
  return followed
}

it('[REC1] brings what was missed, without loading again', async () => {
  const { rows, stop } = await follow()
  await whileAway(async () => {
    await publish('second')
    await publish('third')
  })
  await eventually('what was missed', () => rows.has('third'), { ms: 20_000 })
  expect([...rows.keys()]).toEqual(['old', 'first', 'second', 'third'])
  expect(said).toEqual(['1 rows loaded: initial'])
  stop()
})

it('[LOG5] tells of a gap and loads again where retention has cut what was missed', async () => {
  const { rows, stop } = await follow()
  await whileAway(async () => {
    for (const id of ['second', 'third', 'fourth']) await publish(id)
    await store.log.trim(() => ({ maxAgeMs: 1e12, maxCount: 1 }), Date.now())
  })
  await eventually('the second load', () => rows.has('new'), { ms: 20_000 })
  expect(said).toEqual(['1 rows loaded: initial', 'some purchases were missed: expired', '1 rows loaded: expired'])
  stop()
})
