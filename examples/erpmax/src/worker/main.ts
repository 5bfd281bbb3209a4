import type { MillraceError } from '@millrace/contract'
import { type ClaimedJob, openJobs, pinoLogger, systemClock } from '@millrace/server'
import { readConfig } from '../server/start/config.ts'
import { openStorage } from '../server/start/storage.ts'
import { provision } from './provision.ts'
import { jobs as definitions, type ProvisioningInput } from './provisioning-job.ts'
import { takeOrders } from './take-orders.ts'

/*
 * A worker: a process of its own, with no server in it. It claims jobs in the database and reports there; what it reports is published by the
 * orchestrator's nodes, whichever of them are up.
 */

const config = readConfig(process.env)
const clock = systemClock
const logger = pinoLogger({ level: config.logLevel })
const worker = `worker-${process.pid}`
/** A worker that is silent for so long is dead, and its job is taken over. */
const leaseMs = 4_000
const lostOrdersEveryMs = 30_000

const storage = await openStorage(config, logger)
const jobs = openJobs({ store: storage.store, jobs: definitions, clock, logger })
const options = { clock, stepMs: config.stepMs }

async function carryOut(job: ClaimedJob<ProvisioningInput, { erpnext_url: string }>): Promise<void> {
  try {
    await job.complete(await provision(job, options))
  } catch (error) {
    // Taken over by another worker: there is nothing to report any more.
    if (job.signal.aborted) return
    const { message, retry = true } = error as Partial<MillraceError>
    await job.fail({ message: message ?? 'The site could not be set up', retry })
  }
}

async function start(): Promise<() => Promise<void>> {
  // Beside RabbitMQ for orders alone that it has lost: the jobs are in the database, whatever becomes of a queue.
  const pollMs = config.rabbitmqUrl === undefined ? 250 : lostOrdersEveryMs
  const looking = jobs.work('provisioning', (job) => provision(job, options), { worker, leaseMs, pollMs })
  if (config.rabbitmqUrl === undefined) return () => looking.stop()
  const link = await takeOrders({
    ...{ url: config.rabbitmqUrl, queue: config.queue, jobs, clock, logger },
    async work(id) {
      const job = await jobs.claim('provisioning', { id, worker, leaseMs })
      if (job !== null) await carryOut(job)
    },
  })
  return async () => {
    await link.close()
    await looking.stop()
  }
}

const stop = await start()
let stopping = false
async function end(): Promise<void> {
  if (stopping) return
  stopping = true
  await stop()
  await storage.close()
  process.exit(0)
}
process.on('SIGTERM', () => void end())
process.on('SIGINT', () => void end())
// Whoever started it is gone.
process.on('disconnect', () => void end())
process.send?.('ready')
