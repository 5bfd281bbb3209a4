import { seedFromEnvironment } from '@millrace-tests/support'
import { expect, it } from 'vitest'
import { runRolling } from './rolling.ts'

const seed = seedFromEnvironment('ROLLING_SEED')

it('[HLT3] [DLV1] 2,000 clients hear everything once while three nodes are restarted one after the other', async () => {
  const report = await runRolling({ seed, broker: 'redis', clients: 2_000 })
  const again = `run again with ROLLING_SEED=${seed}: ${JSON.stringify(report).slice(0, 2_000)}`
  console.log(`rolling restart: ${JSON.stringify({ ...report, complaints: report.complaints.length })}`)
  expect(report.complaints, again).toEqual([])
  expect(report.exits, again).toEqual([0, 0, 0])
  // Each client was on a node that went at least once.
  expect(report.reconnects, again).toBeGreaterThanOrEqual(2_000)
  expect(report.published, again).toBeGreaterThan(20)
}, 300_000)
