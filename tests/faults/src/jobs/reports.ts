import { channel, defineContract, event } from '@millrace/contract'
import { job } from '@millrace/server'
import { z } from 'zod'

const State = z.object({ job: z.string(), state: z.string(), progress: z.number(), attempt: z.number(), message: z.string().nullable() })

/** What server, workers and readers of these runs share. */
export const contract = defineContract({
  channels: {
    reports: channel('reports:{userId}', {
      events: {
        'report:state': event(State, { delivery: 'retained', key: ({ job: id }) => id }),
        'report:done': event(z.object({ job: z.string(), total: z.number() })),
        'report:failed': event(z.object({ job: z.string(), error: z.string() })),
      },
    }),
  },
})

const Input = z.object({ userId: z.string(), rows: z.number() })

const report = (attempts: number) =>
  job({
    ...{ input: Input, result: z.object({ total: z.number() }), channel: contract.channels.reports },
    params: ({ input }) => ({ userId: input.userId }),
    progress: {
      event: 'report:state',
      data: ({ id, state, progress, attempt, message }) => ({ job: id, state, progress, attempt, message }),
    },
    completed: { event: 'report:done', data: ({ id, result }) => ({ job: id, total: result.total }) },
    failed: { event: 'report:failed', data: ({ id, error }) => ({ job: id, error }) },
    notify: ({ id, state }) => ({ type: 'report', title: id, message: state }),
    retry: { attempts, delayMs: 50 },
  })

/** `report` comes to its end however often its worker dies; `deadly` kills each worker that touches it. */
export const jobs = { report: report(1_000), deadly: report(3) }
