import { channel, defineContract, event } from '@millrace/contract'
import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { type Authenticator, createServer, job, openJobs, type Store } from '../index.ts'

const contract = defineContract({
  channels: {
    tenant: channel('tenant:{tenantId}', {
      events: { update: event(z.object({ percent: z.number() }), { delivery: 'retained' }), done: event(z.object({ url: z.string() })) },
    }),
  },
})
const shape = { input: z.object({ site: z.string() }), result: z.object({ url: z.string() }), channel: contract.channels.tenant }
const provisioning = job({
  ...shape,
  params: ({ input }) => ({ tenantId: input.site }),
  progress: { event: 'update', data: ({ progress }) => ({ percent: progress }) },
  completed: { event: 'done', data: ({ result }) => ({ url: result.url }) },
  failed: { event: 'done', data: ({ error }) => ({ url: error }) },
})
declare const auth: Authenticator
declare const store: Store
const server = () => createServer({ contract, auth, policy: {}, jobs: { provisioning } })
const without = () => createServer({ contract, auth, policy: {} })
declare const rt: ReturnType<typeof server>
declare const bare: ReturnType<typeof without>

describe('jobs at compile time', () => {
  it('[CON2] takes the inputs and results of the kind of job, and no others', () => {
    void rt.jobs.create('provisioning', { site: 'rice' })
    // @ts-expect-error a kind that is not declared
    void rt.jobs.create('provision', { site: 'rice' })
    // @ts-expect-error a field is missing
    void rt.jobs.create('provisioning', {})
    // @ts-expect-error no jobs were declared
    void bare.jobs.create('provisioning', { site: 'rice' })
    void openJobs({ store, jobs: { provisioning } }).work('provisioning', async (claimed) => {
      expectTypeOf(claimed.input).toEqualTypeOf<{ site: string }>()
      // @ts-expect-error a result of another type
      await claimed.complete({ url: 7 })
      return { url: '' }
    })
    // @ts-expect-error the work answers something else than the result
    void rt.jobs.work('provisioning', async () => 'text')
  })

  it('[CON2] tells jobs with the events of their channel, in their shape', () => {
    const told = { ...shape, params: () => ({ tenantId: 'a' }) }
    const done = { event: 'done', data: () => ({ url: '' }) } as const
    // @ts-expect-error an event that the channel has not
    job({ ...told, progress: { event: 'updated', data: () => ({ percent: 1 }) }, completed: done, failed: done })
    // @ts-expect-error a payload of another shape
    job({ ...told, progress: { event: 'update', data: () => ({ percent: '1' }) }, completed: done, failed: done })
    // @ts-expect-error a parameter of the channel is missing
    job({ ...shape, params: () => ({}), progress: { event: 'update', data: () => ({ percent: 1 }) }, completed: done, failed: done })
  })
})
