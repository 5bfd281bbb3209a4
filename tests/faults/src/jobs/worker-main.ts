import { openJobs } from '@millrace/server'
import { pause, seededRandom } from '@millrace-tests/support'
import { jobs } from './reports.ts'
import { openShared } from './shared-store.ts'

/** A worker with nothing but the store, as a process of its own. */
const random = seededRandom(Number(process.env.SEED))
const open = openJobs({ store: await openShared(process.env.STORE ?? ''), jobs })
const steps = 30

open.work(
  'report',
  async (job) => {
    for (let step = 1; step <= steps && !job.signal.aborted; step += 1) {
      await pause(random.int(5, 80))
      await job.progress((step / steps) * 100, `step ${step} of attempt ${job.attempt}`)
    }
    return { total: job.input.rows * 2 }
  },
  { concurrency: 3, leaseMs: 900, pollMs: 50 },
)
open.work(
  'deadly',
  async (job) => {
    await job.progress(30)
    process.kill(process.pid, 'SIGKILL')
    return { total: 0 }
  },
  { leaseMs: 900, pollMs: 200 },
)
process.once('disconnect', () => process.exit(1))
process.send?.({})
