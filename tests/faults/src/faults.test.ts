import { seedFromEnvironment } from '@millrace-tests/support'
import { expect, it } from 'vitest'
import { isClean } from './run/judge.ts'
import { runFaults } from './run/run.ts'

const seed = seedFromEnvironment('FAULT_SEED')

it('[DLV1] [REC1] [LOG2] [OUT1] [DLV2] keeps every history equal to the log, whatever breaks', async () => {
  const report = await runFaults({ seed, seconds: 60 })
  const { verdict, faults, published, received } = report
  const again = `run again with FAULT_SEED=${seed}: ${JSON.stringify(report, null, 1).slice(0, 8_000)}`
  expect(isClean(verdict), again).toBe(true)
  // The run was one: there was something to lose, and it broke often.
  expect(published, again).toBeGreaterThan(500)
  expect(received, again).toBeGreaterThan(published)
  expect(faults.kill, again).toBeGreaterThanOrEqual(2)
  expect(Object.keys(faults).length, again).toBeGreaterThanOrEqual(6)
}, 180_000)
