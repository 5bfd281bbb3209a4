import { type ChannelName, channel, defineContract, event, MillraceError } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import { z } from 'zod'
import type { Envelope } from '../broker/port.ts'
import { channelKey } from '../channel-key.ts'
import { jobsOn } from '../hub/jobs.ts'
import type { Jobs } from '../jobs/api.ts'
import { job } from '../jobs/definition.ts'
import { memoryStore } from '../memory-store.ts'
import type { Store } from '../store.ts'
import { recordingLogger } from './recording-logger.ts'

const Status = z.object({ tenant_id: z.string(), status: z.string(), progress: z.number(), message: z.string().nullable() })
export const contract = defineContract({
  channels: {
    provisioning: channel('tenant:{tenantId}', {
      events: {
        'status:update': event(Status, { delivery: 'retained' }),
        'status:completed': event(z.object({ tenant_id: z.string(), erpnext_url: z.string() })),
        'status:failed': event(z.object({ tenant_id: z.string(), error: z.string().max(100) })),
      },
    }),
  },
})
export const provisioning = job({
  input: z.object({ site: z.string() }),
  result: z.object({ url: z.string() }),
  channel: contract.channels.provisioning,
  params: ({ input }) => ({ tenantId: input.site }),
  progress: {
    event: 'status:update',
    data: ({ input, state, progress, message }) => ({ tenant_id: input.site, status: state, progress, message }),
  },
  completed: { event: 'status:completed', data: ({ input, result }) => ({ tenant_id: input.site, erpnext_url: result.url }) },
  failed: { event: 'status:failed', data: ({ input, error }) => ({ tenant_id: input.site, error }) },
  notify: ({ state }) => ({ type: 'provisioning', title: 'Your site', message: state }),
  retry: { attempts: 2, delayMs: 1_000 },
})
export const channelOf = channelKey('acme', 'tenant:rice' as ChannelName)

/** Jobs on a store in memory, whose clock the test moves; `wrap` stands before the store. */
export function jobYard(wrap: (store: Store) => Store = (store) => store) {
  const clock = manualClock()
  const store = wrap(memoryStore({ clock }))
  const sent: Envelope[] = []
  store.outbox.listen((envelopes) => sent.push(...envelopes))
  const logger = recordingLogger()
  let made = 0
  function newId(): string {
    made += 1
    return `id-${made}`
  }
  const service = jobsOn(store, {
    ...{ jobs: { provisioning }, clock, tenant: 'acme', newId, payloadMaxBytes: 1_000 },
    onFailure: (error) => logger.error({ error }, 'failed'),
  })
  // Holds: the service checks by the schemas that give these types.
  const jobs = service as Jobs as unknown as Jobs<{ provisioning: typeof provisioning }>
  const told = () =>
    sent.filter(({ channel: key }) => key === channelOf).map(({ event: name, json }) => [name, JSON.parse(json) as unknown])
  const percents = () =>
    sent.filter(({ event: name }) => name === 'status:update').map(({ json }) => (JSON.parse(json) as { progress: number }).progress)
  return { clock, store, jobs, service, sent, told, percents, logger, failures: () => logger.lines.length }
}
export const asked = { actor: { id: 'ana' } }
/** With a job that a worker has begun. */
export async function begunJob(wrap?: (store: Store) => Store) {
  const all = jobYard(wrap)
  const { id } = await all.jobs.create('provisioning', { site: 'rice' }, asked)
  return { ...all, id, claimed: await claimOne(all.jobs) }
}
export async function claimOne(
  jobs: Jobs<{ provisioning: typeof provisioning }>,
  options: { readonly id?: string; readonly worker?: string } = {},
) {
  const claimed = await jobs.claim('provisioning', { leaseMs: 3_000, ...options })
  if (claimed === null) throw new Error('there was nothing to claim')
  return claimed
}

/** A store that a worker does not reach any more. */
export function cutOff() {
  const cut = { away: false }
  const unreachable = () => Promise.reject(new MillraceError('unavailable'))
  const wrap = (store: Store): Store => ({
    ...store,
    jobs: { ...store.jobs, change: (id, decide) => (cut.away ? unreachable() : store.jobs.change(id, decide)) },
  })
  return { cut, wrap }
}
