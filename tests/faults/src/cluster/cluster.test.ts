import { seedFromEnvironment } from '@millrace-tests/support'
import { expect, it } from 'vitest'
import { isClean } from '../run/judge.ts'
import { type BrokerKind, faultsOf } from './faults.ts'
import { runCluster } from './run-cluster.ts'

const seed = seedFromEnvironment('CLUSTER_SEED')

it.each<BrokerKind>(['redis', 'postgres'])(
  '[DLV1] [LOG1] [LOG2] [LOG3] [OUT1] [HLT1] [HLT2] [PRE2] three nodes on %s lose nothing, whatever breaks',
  async (broker) => {
    const report = await runCluster({ seed, broker, seconds: 45, kinds: faultsOf(broker), everyMs: 3_000 })
    const again = `run again with CLUSTER_SEED=${seed}: ${JSON.stringify(report, null, 1).slice(0, 8_000)}`
    expect(isClean(report.verdict), again).toBe(true)
    expect(report.ghosts, again).toEqual([])
    expect(report.recoveryMs, again).toBeLessThan(30_000)
    expect(report.ended, again).toBe(0)
    // The run was one: there was something to lose, and it broke often.
    expect(report.published, again).toBeGreaterThan(300)
    expect(report.received, again).toBeGreaterThan(report.published)
    expect(Object.keys(report.faults).length, again).toBeGreaterThanOrEqual(5)
  },
  300_000,
)
