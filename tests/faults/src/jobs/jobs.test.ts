import { join } from 'node:path'
import { pause, seedFromEnvironment, startPrivatePostgres, tempFolder } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { postgresIsThere } from '../postgres/test-server.ts'
import { type JobRun, runJobs } from './run-jobs.ts'

const seed = seedFromEnvironment('FAULT_SEED')
const size = { seed, reports: 24, workers: 3 }

function expectSound(run: JobRun): void {
  console.log(
    `jobs, seed ${seed}: ${run.completed} completed, ${run.failed} failed, ${run.kills} kills, ${run.freezes} freezes, up to ${run.attempts} attempts`,
  )
  expect(run.faults).toEqual([])
  expect(run.completed).toBe(size.reports)
  // The one that kills whoever touches it.
  expect(run.failed).toBe(1)
  // A run in which nothing broke shows nothing.
  expect(run.kills).toBeGreaterThan(0)
  expect(run.attempts).toBeGreaterThan(1)
}

describe('jobs while workers and the server are killed', () => {
  it.runIf(postgresIsThere)('[JOB1] ends each job once, and shows no progress that falls, on a PostgreSQL that crashes', async () => {
    await using postgres = await startPrivatePostgres()
    async function breakStore(): Promise<void> {
      await postgres.stop('crash')
      await pause(500)
      await postgres.start()
    }
    expectSound(await runJobs({ ...size, store: postgres.url, breakStore }))
  })

  it('[JOB1] ends each job once, and shows no progress that falls, on a file of SQLite', async () => {
    await using folder = await tempFolder('jobs')
    expectSound(await runJobs({ ...size, store: join(folder.path, 'app.db') }))
  })
})
