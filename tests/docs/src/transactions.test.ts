import { createClient, type MillraceClient } from '@millrace/client'
import { channel, defineContract, event, type Publication, request } from '@millrace/contract'
import { eventually } from '@millrace-tests/support'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { openSamples, type Program, type Samples } from './node/samples.ts'
import { secret, tokenOf } from './tokens.ts'

/** The guide's contract, as far as this test's client speaks it. */
const contract = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(z.object({ id: z.string(), kg: z.number() })),
        'stock:low-alert': event(z.object({ kg: z.number(), severity: z.string() })),
      },
    }),
  },
  requests: {
    buy: request(z.object({ millId: z.string(), kg: z.number() }), z.object({ id: z.string() })),
    use: request(z.object({ millId: z.string(), kg: z.number() }), z.object({ left: z.number() })),
  },
})
const mill = contract.channels.mill({ millId: '1' })

let samples: Samples
let client: MillraceClient<typeof contract>
let heard: Publication[]
beforeEach(async () => {
  samples = await openSamples('transactions')
  client = createClient({ contract, url: samples.url, token: () => tokenOf('ravi', { millId: '1' }), random: () => 0.1 })
  heard = []
  client.channel(mill).on('purchase:created', (_, publication) => heard.push(publication))
  client.channel(mill).on('stock:low-alert', (_, publication) => heard.push(publication))
})
afterEach(async () => {
  client.close()
  await samples.close()
})

const start = (file = 'server.ts', env: Record<string, string> = {}): Program => samples.run(file, { env: { JWT_SECRET: secret, ...env } })
const live = () => eventually('live', () => client.channel(mill).status.getSnapshot().state === 'live', { ms: 20_000 })
const offsets = () => heard.map(({ position }) => position?.offset)

it('[OUT1] [INB1] commits row, event and notification together', async () => {
  start()
  await live()
  const stop = client.inbox.subscribe(() => {})
  await client.request('buy', { millId: '1', kg: 400 })
  await eventually('the event', () => heard.length === 1)
  expect(heard[0]).toMatchObject({ data: { kg: 400 }, actor: { id: 'ravi' }, position: { offset: 1 } })
  await eventually('the notification', () => client.inbox.getSnapshot().unread === 1)
  expect(client.inbox.getSnapshot().notifications[0]).toMatchObject({ message: 'ravi bought 400 kg' })
  stop()
})

it('[OUT1] [INB1] tells nobody of what was rolled back after it was published', async () => {
  start()
  await live()
  const stop = client.inbox.subscribe(() => {})
  await expect(client.request('buy', { millId: '1', kg: 100_001 })).rejects.toMatchObject({ code: 'internal' })
  await client.request('buy', { millId: '1', kg: 400 })
  await eventually('the notification', () => client.inbox.getSnapshot().unread > 0)
  await eventually('the event', () => heard.length > 0)
  expect(heard).toMatchObject([{ data: { kg: 400 }, position: { offset: 1 } }])
  expect(client.inbox.getSnapshot()).toMatchObject({ unread: 1, notifications: [{ message: 'ravi bought 400 kg' }] })
  stop()
})

it('[ALR1] [OUT1] alarms once per crossing, and not at all where the transaction rolls back', async () => {
  start()
  await live()
  await client.request('buy', { millId: '1', kg: 2000 })
  await client.request('use', { millId: '1', kg: 900 })
  await expect(client.request('use', { millId: '1', kg: 5000 })).rejects.toMatchObject({ code: 'internal' })
  await client.request('use', { millId: '1', kg: 200 })
  await client.request('use', { millId: '1', kg: 10 })
  await client.request('use', { millId: '1', kg: 500 })
  await client.request('buy', { millId: '1', kg: 1 })
  await eventually('the last purchase', () => heard.length === 4)
  expect(heard.map(({ data }) => data)).toMatchObject([
    { kg: 2000 },
    { kg: 900, severity: 'medium' },
    { kg: 390, severity: 'high' },
    { kg: 1 },
  ])
})

// The guide's table: what is left of a purchase after a crash at this point.
it.each([
  ['before the commit', 'before', 0],
  ['after the commit, before the publication moved', 'after', 1],
])('[OUT1] [LOG2] keeps row and event together when the process is killed %s', async (_, when, left) => {
  samples.add(
    'crash.ts',
    `import { mill } from './contract.ts'
import { database } from './database.ts'
import { rt } from './server.ts'
const crash = (point: string) => { if (process.env.CRASH === point) process.kill(process.pid, 'SIGKILL') }
database.transaction(() => {
  database.prepare("INSERT INTO purchases VALUES ('p-1', '1', 5)").run()
  void rt.publish(mill.channels.mill({ millId: '1' }), 'purchase:created', { id: 'p-1', kg: 5 }, { tx: database })
  crash('before')
})()
crash('after')`,
  )
  samples.add(
    'count.ts',
    `import { database } from './database.ts'
console.log('rows:', database.prepare('SELECT id FROM purchases').all().length)`,
  )
  // The position of before the crash, so that the event is recovered and not just heard.
  const first = start()
  await live()
  await first.kill('SIGKILL')
  expect(await start('crash.ts', { CRASH: when }).exited).toBeNull()
  await start('count.ts').line(new RegExp(`^rows: ${left}$`))

  start()
  await live()
  await client.request('buy', { millId: '1', kg: 7 })
  await eventually('the next purchase', () => heard.some(({ data }) => (data as { kg: number }).kg === 7))
  expect(heard.map(({ data }) => data)).toMatchObject([...(left === 1 ? [{ id: 'p-1' }] : []), { kg: 7 }])
  expect(offsets()).toEqual(left === 1 ? [1, 2] : [1])
})
