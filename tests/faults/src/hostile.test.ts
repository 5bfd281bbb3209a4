import { seedFromEnvironment } from '@millrace-tests/support'
import { expect, it } from 'vitest'
import { hostileKinds } from './hostile/hostile-schedule.ts'
import { runHostile } from './hostile/run-hostile.ts'

const seed = seedFromEnvironment('HOSTILE_SEED')

it('[BP1] [BP3] [BP4] [DLV1] [DLV2] disturbs nobody, keeps its bounds and forgets all of them, whatever clients do', async () => {
  const { complaints, ...report } = await runHostile({ seed, seconds: 15 })
  const again = `run again with HOSTILE_SEED=${seed}: ${JSON.stringify(report, null, 1).slice(0, 6_000)}`
  expect(complaints, again).toEqual([])
  // The run was one: they all came, and each kind of end was met.
  expect(Object.keys(report.hostile).toSorted(), again).toEqual([...hostileKinds].sort())
  expect(report.published, again).toBeGreaterThan(500)
  expect(report.most.blocked, again).toBeGreaterThan(5)
  for (const code of ['rate_abuse', 'ping timeout']) expect(report.after.disconnects[code], again).toBeGreaterThan(0)
  expect(report.after.verdicts['mill volatile dropped'], again).toBeGreaterThan(0)
}, 180_000)
