import type { Run, Scenario } from '../scenario.ts'
import { noisyQuota, noisyTenant } from '../wire.ts'
import { type Streamed, stream, usualPadBytes } from './stream.ts'

const readers = 200
const noisyReaders = 500
const timesQuota = 20
const quiet = { deliveries: ['volatile'], firstMill: 1, mills: 1, perSecond: 100, perTurn: 1, group: 'quiet', readers } as const
const warmUpSeconds = 1

/** One tenant publishes far over its quota; what that does to another, beside the same run in which it keeps to it (TEN3). */
export const tenants: Scenario = {
  name: 'tenants',
  subjects: ['stock', 'millrace'],
  async run(run) {
    const atQuota = await measure(run, 1)
    const over = await measure(run, timesQuota)
    const ms = { unit: 'ms', better: 'lower' } as const
    return [
      { key: 'p99-at-quota', label: 'a tenant’s 200 readers at 100/s, another tenant at its quota: p99', ...ms, ...p99Of(atQuota) },
      { key: 'p99', label: 'a tenant’s 200 readers at 100/s, another tenant at 20 times its quota: p99', ...ms, ...p99Of(over) },
      {
        key: 'p99-ratio',
        label: 'p99 of the tenant, beside 20 times the quota ÷ beside the quota',
        unit: '×',
        better: 'lower',
        value: over.received.p99Us / atQuota.received.p99Us,
        account: over.account,
      },
      {
        key: 'on-time',
        label: 'of the tenant’s deliveries beside 20 times the quota, arrived within 1 s',
        unit: '%',
        better: 'higher',
        value: over.onTimeShare * 100,
        account: over.account,
      },
    ]
  },
}

const p99Of = ({ received, account }: Streamed) => ({ value: received.p99Us / 1_000, account })

function measure({ start, seconds, subject }: Run, times: number): Promise<Streamed> {
  return start(async (pair) => {
    const { server, connect } = pair
    await connect('quiet', readers)
    await connect('noisy', noisyReaders, { tenant: noisyTenant })
    const perSecond = noisyQuota.perSecond * times
    const count = perSecond * (warmUpSeconds + seconds)
    const noise = server.publish({ ...quiet, perSecond, count, padBytes: usualPadBytes, tenant: noisyTenant, skipLate: true })
    // The quota's burst is over then.
    await stream(pair, { ...quiet, seconds: warmUpSeconds, skipLate: true })
    const streamed = await stream(pair, { ...quiet, seconds, skipLate: true })
    const { refused } = await noise
    if (streamed.received.lost > 0) throw new Error(`${streamed.received.lost} connections ended`)
    if (subject === 'millrace' && times > 1 && refused < count / 2) throw new Error(`${refused} of ${count} publications were refused`)
    return streamed
  })
}
