import { createClient, type MillraceClient, type PositionStorage } from '@millrace/client'
import { channel, defineContract, event, request } from '@millrace/contract'
import { eventually } from '@millrace-tests/support'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { openSamples, type Program, type Samples } from './node/samples.ts'
import { secret, tokenOf } from './tokens.ts'

/** The guide's contract, as far as this test's client speaks it. */
const contract = defineContract({
  channels: {
    provisioning: channel('provisioning:{site}', {
      events: {
        'status:update': event(z.object({ status: z.string(), progress: z.number(), message: z.string().nullable() }), {
          delivery: 'retained',
        }),
        'status:completed': event(z.object({ url: z.string() })),
      },
    }),
  },
  requests: { provision: request(z.object({ site: z.string() }), z.object({ job: z.string() })) },
})
const rice = contract.channels.provisioning({ site: 'rice' })
const token = tokenOf('asha', { site: 'rice' })

let samples: Samples
const clients: MillraceClient<typeof contract>[] = []
beforeEach(async () => {
  samples = await openSamples('jobs')
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await samples.close()
})

function open(positions?: PositionStorage) {
  const client = createClient({ contract, url: samples.url, token: () => token, random: () => 0.1, ...(positions && { positions }) })
  clients.push(client)
  const seen: { readonly status: string; readonly progress: number; readonly message: string | null }[] = []
  const ready: string[] = []
  client.channel(rice).on('status:update', (status) => seen.push(status))
  client.channel(rice).on('status:completed', ({ url }) => ready.push(url))
  const live = () => eventually('live', () => client.channel(rice).status.getSnapshot().state === 'live', { ms: 20_000 })
  return { client, seen, ready, live }
}
const server = (): Program => samples.run('server.ts', { env: { JWT_SECRET: secret } })
const worker = (stepMs: number): Program => samples.run('worker.ts', { env: { STEP_MS: String(stepMs) } })

it('[JOB1] shows progress while a worker works, and goes on where another one was killed', async () => {
  server()
  const { client, seen, ready, live } = open()
  await live()
  const [first, second] = [await client.request('provision', { site: 'rice' }), await client.request('provision', { site: 'rice' })]
  expect(second).toEqual(first)
  const doomed = worker(800)
  await eventually('half of it', () => seen.some(({ progress }) => progress >= 50), { ms: 20_000 })
  await doomed.kill('SIGKILL')
  worker(50)
  await eventually('the end', () => ready.length > 0, { ms: 30_000 })
  expect(ready).toEqual(['https://rice.example.com'])
  const percents = seen.map(({ progress }) => progress)
  expect(percents).toEqual([...percents].sort((one, other) => one - other))
  expect(seen.at(-1)).toMatchObject({ status: 'completed', progress: 100 })
})

it('[JOB1] brings the end to a client that was away, and shows it to one that comes for the first time', async () => {
  server()
  const entries = new Map<string, string>()
  const positions: PositionStorage = {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  }
  const before = open(positions)
  await before.live()
  await before.client.request('provision', { site: 'rice' })
  before.client.close()
  const working = worker(20)
  await working.line(/working/)
  const late = open()
  await eventually('the newest value', () => late.seen.at(-1)?.status === 'completed', { ms: 20_000 })
  const back = open(positions)
  await eventually('what was missed', () => back.ready.length > 0, { ms: 20_000 })
  expect(back.ready).toEqual(['https://rice.example.com'])
  await eventually('the notification', async () => {
    back.client.inbox.subscribe(() => {})
    return back.client.inbox.getSnapshot().unread === 1
  })
  expect(await working.kill('SIGTERM')).toBe(0)
})
