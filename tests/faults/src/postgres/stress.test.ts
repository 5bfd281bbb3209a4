import { seedFromEnvironment, startPrivatePostgres } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { runStress } from './stress.ts'
import { postgresIsThere } from './test-server.ts'

describe.runIf(postgresIsThere)('the outbox of PostgreSQL under stress', () => {
  it('[OUT1] [OUT2] [OUT3] delivers what was committed, in one order, while relays are killed and a transaction stays open', async () => {
    const seed = seedFromEnvironment('FAULT_SEED')
    await using server = await startPrivatePostgres()
    const report = await runStress({ url: server.url, seed, seconds: 15, tell: (line) => console.log(`stress, seed ${seed}: ${line}`) })
    expect(report.faults).toEqual([])
    expect(report.deadlocks).toBe(0)
    expect(report.kills).toBeGreaterThan(0)
    // A run that has promised nothing shows nothing.
    expect(report.committed).toBeGreaterThan(500)
    expect(report.rolledBack).toBeGreaterThan(10)
  })
})
