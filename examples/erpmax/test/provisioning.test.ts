import { createClient, type PositionStorage } from '@millrace/client'
import { eventually, recorder, within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { contract, type Site } from '../src/contract.ts'
import { type Person, signUp } from './support/api.ts'
import { openOrchestrator, type TestOrchestrator } from './support/orchestrator.ts'
import { openServices } from './support/services.ts'
import { connect } from './support/stock-client.ts'
import { storage } from './support/storage.ts'

const siteOf = (person: Person) => person.data(person.get<Site>('/site'))

/** A client with the SDK, and what it hears of provisioning. */
function follow(erpmax: TestOrchestrator, { token, user }: Person, positions: PositionStorage) {
  const client = createClient({ contract, url: erpmax.url, path: '/ws/socket.io', token: () => token, positions, onError() {} })
  const heard = recorder<{ event: string; progress: number | null }>()
  const channel = client.channel(contract.channels.provisioningTenant({ tenantId: user.tenant_id }))
  channel.on('status:update', ({ progress }) => heard.push({ event: 'status:update', progress }))
  channel.on('status:completed', () => heard.push({ event: 'status:completed', progress: null }))
  return { client, heard, live: () => eventually('the channel is live', () => channel.status.getSnapshot().state === 'live') }
}

const ways = {
  'SQLite alone': async () => ({ env: {}, [Symbol.asyncDispose]: async () => {} }),
  'PostgreSQL, Redis and RabbitMQ': () => openServices(),
}

describe.each(Object.entries(ways))('provisioning on %s', (_, services) => {
  it('[JOB1] tells a stock client each step and the end, and stores a notice of it', async () => {
    await using given = await services()
    await using erpmax = await openOrchestrator({ ...given.env, WORKERS: '1', STEP_MS: '60' })
    const ada = await signUp(erpmax.url, 'steps')
    using client = await connect(erpmax.url, ada.token, { namespace: '/provisioning' })
    const [completed] = await within(20_000, 'the end', client.next('status:completed'))
    const tenant_id = ada.user.tenant_id
    expect(completed).toEqual({ tenant_id, erpnext_url: 'https://steps.erpmax.test' })
    const updates = client.heard.filter(({ event }) => event === 'status:update').map(({ args }) => args[0] as { progress: number })
    const progress = updates.map((update) => update.progress)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(updates.at(-1)).toEqual({ tenant_id, status: 'completed', progress: 100, message: expect.any(String) })
    expect(await siteOf(ada)).toMatchObject({ status: 'completed', progress: 100, erpnext_url: 'https://steps.erpmax.test' })
    const { notifications } = await ada.data(ada.get<{ notifications: { title: string }[] }>('/notifications'))
    expect(notifications.map(({ title }) => title)).toEqual(['Your ERPNext site is ready', 'Welcome, Ada Owner'])
  })

  it('[JOB1] has a worker’s job taken over when the worker is killed, and its end waits for who was away', async () => {
    await using given = await services()
    await using erpmax = await openOrchestrator({ ...given.env, WORKERS: '1', STEP_MS: '300' })
    const ada = await signUp(erpmax.url, 'killed')
    const positions = storage()
    const first = follow(erpmax, ada, positions)
    await first.live()
    await within(
      20_000,
      'the worker is at it',
      first.heard.find(({ progress }) => (progress ?? 0) >= 20),
    )
    const [killed] = erpmax.workers.pids
    process.kill(killed ?? 0, 'SIGKILL')
    first.client.close()

    await eventually('the site is there', async () => (await siteOf(ada)).status === 'completed', { ms: 25_000 })
    expect(erpmax.workers.pids).not.toContain(killed)
    const second = follow(erpmax, ada, positions)
    await within(
      5_000,
      'the end',
      second.heard.find(({ event }) => event === 'status:completed'),
    )
    const progress = [...first.heard.all, ...second.heard.all].flatMap((item) => item.progress ?? [])
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(second.heard.all.filter(({ event }) => event === 'status:completed')).toHaveLength(1)
    second.client.close()
  }, 60_000)
})

describe('provisioning that fails', () => {
  it('[JOB1] says why, and is ordered anew by the owner alone', async () => {
    await using erpmax = await openOrchestrator({ WORKERS: '1', STEP_MS: '5' })
    const ada = await signUp(erpmax.url, 'fail-often')
    using client = await connect(erpmax.url, ada.token, { namespace: '/provisioning' })
    const [failed] = await within(20_000, 'the end', client.next('status:failed'))
    expect(failed).toEqual({ tenant_id: ada.user.tenant_id, error: '"fail-often" is taken in the cluster' })
    expect(await siteOf(ada)).toMatchObject({ status: 'failed', error: '"fail-often" is taken in the cluster' })
    const again = await ada.post<Site>('/site/retry')
    expect(again).toMatchObject({ status: 201, body: { status: 'queued', error: null } })
    expect((await ada.post('/site/retry')).status).toBe(409)
  })
})
