import { rabbitPublisher } from '@millrace/server/rabbitmq'
import { within } from '@millrace-tests/support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmitters } from '../src/emitters/emitters.ts'
import { httpSink } from '../src/emitters/http-sink.ts'
import { rabbitSink } from '../src/emitters/rabbit-sink.ts'
import { eventsQueue } from '../src/server/live/ingress.ts'
import type { Person } from './support/api.ts'
import { openOrchestrator, type TestOrchestrator } from './support/orchestrator.ts'
import { openServices, type Services } from './support/services.ts'
import { connect } from './support/stock-client.ts'

const key = 'a-key-of-the-tests-with-more-than-32-characters'

describe('emitters outside of the orchestrator', () => {
  let services: Services
  let erpmax: TestOrchestrator
  let lena: Person

  beforeAll(async () => {
    services = await openServices()
    erpmax = await openOrchestrator({ ...services.env, API_KEY: key, API_TENANTS: 'tenant-acme' })
    lena = await erpmax.as('lena@acme.test')
  }, 60_000)
  afterAll(async () => {
    await erpmax[Symbol.asyncDispose]()
    await services[Symbol.asyncDispose]()
  })

  it('[DLV2] emit over HTTP what the orchestrator emits itself, and store notifications', async () => {
    const emit = createEmitters(httpSink({ url: erpmax.url, key }))
    using billing = await connect(erpmax.url, lena.token, { namespace: '/billing' })
    using notifications = await connect(erpmax.url, lena.token, { namespace: '/notifications' })
    await emit.emitPaymentReceived('tenant-acme', 12.5, 'EUR')
    expect(await within(5_000, 'payment', billing.next('payment:received'))).toEqual([{ amount: 12.5, currency: 'EUR' }])
    const to = { tenant_id: 'tenant-acme', user_id: 'user-lena' }
    for (let times = 0; times < 2; times++) await emit.emitNotification(to, 'over-http', 'Over HTTP', 'It works', 'info')
    const [notice] = await within(5_000, 'notice', notifications.next('notification:new'))
    expect(notice).toMatchObject({ title: 'Over HTTP', message: 'It works', type: 'info', created_at: expect.any(String) })
    const { notifications: stored } = await lena.data(lena.get<{ notifications: { title: string }[] }>('/notifications'))
    expect(stored.filter(({ title }) => title === 'Over HTTP')).toHaveLength(1)
  })

  it('[TEN1] emit nothing for a tenant that the key is not for, nor what the contract does not have', async () => {
    const emit = createEmitters(httpSink({ url: erpmax.url, key }))
    await expect(emit.emitPaymentReceived('tenant-borealis', 1, 'EUR')).rejects.toThrow(/403/)
    await expect(emit.emitSubscriptionExpiring('tenant-acme', 1.5)).rejects.toThrow(/400/)
    await expect(createEmitters(httpSink({ url: erpmax.url, key: `${key}x` })).emitSubscriptionExpiring('tenant-acme', 1)).rejects.toThrow(
      /401/,
    )
  })

  it('[DLV3] emit through RabbitMQ, safe once it has confirmed', async () => {
    const { rabbitmqUrl: url = '', queue } = erpmax.config
    const publisher = await rabbitPublisher({ url })
    const { notify } = httpSink({ url: erpmax.url, key })
    const emit = createEmitters(rabbitSink({ publisher, queue: eventsQueue(queue), notify }))
    using client = await connect(erpmax.url, lena.token, { namespace: '/provisioning' })
    await emit.emitProvisioningStatus('tenant-acme', 'provisioning', 12, 'From a worker')
    await emit.emitProvisioningCompleted('tenant-acme', 'https://acme.erpmax.test')
    expect(await within(5_000, 'status', client.next('status:update'))).toEqual([
      { tenant_id: 'tenant-acme', status: 'provisioning', progress: 12, message: 'From a worker' },
    ])
    expect(await within(5_000, 'end', client.next('status:completed'))).toEqual([
      { tenant_id: 'tenant-acme', erpnext_url: 'https://acme.erpmax.test' },
    ])
    await publisher.close()
  })
})
