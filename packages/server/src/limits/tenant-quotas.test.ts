import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { ConfigurationError } from '../configuration-error.ts'
import type { QuotaOptions, Quotas } from './options.ts'
import { resolveQuotas } from './resolve-limits.ts'
import { type QuotaName, quotaError } from './tenant-account.ts'
import { createTenantQuotas, type TenantQuotas } from './tenant-quotas.ts'

let clock: ManualClock
let due: (() => void)[]
let refused: QuotaName[]
let usedUp: string[]
let failures: unknown[]
beforeEach(() => {
  clock = manualClock()
  due = []
  refused = []
  usedUp = []
  failures = []
})
/** The next turn of the event loop. */
function turn(): void {
  for (const run of due.splice(0)) run()
}
function subject(options: QuotaOptions): TenantQuotas {
  return createTenantQuotas({
    quotasOf: resolveQuotas(options),
    clock,
    nextTurn: (run) => void due.push(run),
    onRefused: (quota) => void refused.push(quota),
    onUsedUp: (tenant, quota) => void usedUp.push(`${tenant} ${quota}`),
    onFailure: (error) => void failures.push(error),
  })
}
/** A connection that begins in the turn in which it was admitted; false where it was refused. */
function connect(quotas: TenantQuotas, tenant = 'acme'): boolean {
  if (quotas.admit(tenant) !== null) return false
  quotas.connected(tenant)
  return true
}
function publish(quotas: TenantQuotas, bytes: number, tries = 1, tenant = 'acme'): number {
  let passed = 0
  for (let attempt = 0; attempt < tries; attempt++) {
    if (quotas.publication(tenant) !== null) continue
    quotas.published(tenant, bytes)
    passed++
  }
  return passed
}

describe('connections', () => {
  it('[TEN3] are admitted up to the quota, and again when one has ended', () => {
    const quotas = subject({ connections: 2 })
    expect([connect(quotas), connect(quotas), connect(quotas)]).toEqual([true, true, false])
    expect(quotas.admit('acme')).toEqual({ quota: 'connections', limit: 2 })
    expect(connect(quotas, 'globex')).toBe(true)
    quotas.disconnected('acme')
    expect([connect(quotas), connect(quotas)]).toEqual([true, false])
    expect(refused).toEqual(['connections', 'connections', 'connections'])
  })

  it('[TEN3] count from their admission: those of one moment do not pass together', () => {
    const quotas = subject({ connections: 2 })
    expect(Array.from({ length: 4 }, () => quotas.admit('acme') === null)).toEqual([true, true, false, false])
    quotas.connected('acme')
    turn()
    // The other one has gone before it began.
    expect([connect(quotas), connect(quotas)]).toEqual([true, false])
  })
})

describe('subscriptions', () => {
  it('[TEN3] begin up to the quota, and again when one has ended', () => {
    const quotas = subject({ subscriptions: 1 })
    const assigned = (): void => quotas.subscribed('acme', 1)
    expect(quotas.subscription('acme')).toBeNull()
    assigned()
    assigned()
    expect(quotas.subscription('acme')).toEqual({ quota: 'subscriptions', limit: 1 })
    quotas.subscribed('acme', -1)
    expect(quotas.subscription('acme')).not.toBeNull()
    quotas.subscribed('acme', -1)
    expect(quotas.subscription('acme')).toBeNull()
    expect(refused).toEqual(['subscriptions', 'subscriptions'])
  })
})

describe('publications', () => {
  it('[TEN3] pass in a burst, then at their rate, and say when the next one will', async () => {
    const quotas = subject({ publications: { perSecond: 10, burst: 20 } })
    expect(publish(quotas, 1_000_000, 400)).toBe(20)
    expect(quotas.publication('acme')).toEqual({ quota: 'publications', retryAfterMs: 100 })
    expect(publish(quotas, 1, 5, 'globex')).toBe(5)
    await clock.advance(99)
    expect(publish(quotas, 1)).toBe(0)
    await clock.advance(1)
    expect(publish(quotas, 1, 9)).toBe(1)
    await clock.advance(1_000)
    expect(publish(quotas, 1, 200)).toBe(10)
  })

  it('[TEN3] pay for what goes out: a large one makes the next ones wait', async () => {
    const quotas = subject({ bytes: { perSecond: 1_000, burst: 2_000 } })
    expect(publish(quotas, 500, 9)).toBe(4)
    await clock.advance(1)
    expect(publish(quotas, 10_000)).toBe(1)
    expect(quotas.publication('acme')).toEqual({ quota: 'bytes', retryAfterMs: 10_000 })
    await clock.advance(9_999)
    expect(publish(quotas, 1)).toBe(0)
    await clock.advance(1)
    expect(publish(quotas, 1)).toBe(1)
  })

  it('[TEN3] wait for a minute at most, whatever the last one cost', async () => {
    const quotas = subject({ bytes: { perSecond: 1, burst: 1 } })
    publish(quotas, 1_000_000_000)
    await clock.advance(60_000)
    expect(publish(quotas, 1)).toBe(0)
    await clock.advance(1_000)
    expect(publish(quotas, 1)).toBe(1)
  })

  it('[TEN3] wait until every quota lets them pass', () => {
    const quotas = subject({ publications: { perSecond: 1, burst: 1 }, bytes: { perSecond: 1, burst: 1 } })
    publish(quotas, 11)
    expect(quotas.publication('acme')).toEqual({ quota: 'publications', retryAfterMs: 11_000 })
  })

  it('[TEN3] are not shut out when the clock is set back', () => {
    let now = 1_700_000_000_000
    const quotas = createTenantQuotas({
      quotasOf: () => ({ publications: { perSecond: 10, burst: 5 } }),
      clock: { ...clock, now: () => now },
      nextTurn: () => {},
      onRefused: () => {},
      onUsedUp: () => {},
      onFailure: () => {},
    })
    publish(quotas, 1, 5)
    now -= 3_600_000
    expect(publish(quotas, 1)).toBe(0)
    now += 100
    expect(publish(quotas, 1)).toBe(1)
  })
})

it('[TEN3] tells the log of each tenant that has used up a quota, every ten seconds', async () => {
  const quotas = subject({ publications: { perSecond: 1, burst: 1 } })
  publish(quotas, 1, 1_000)
  publish(quotas, 1, 1_000, 'globex')
  expect(usedUp).toEqual(['acme publications', 'globex publications'])
  await clock.advance(10_000)
  publish(quotas, 1, 1_000)
  expect(usedUp).toHaveLength(3)
  expect(refused).toHaveLength(3 * 999)
})

describe('what the application says of each tenant', () => {
  it('[TEN3] counts for that tenant, and is asked for again every ten seconds', async () => {
    let acme: Quotas = { connections: 1 }
    const asked: string[] = []
    const quotas = subject((tenant) => {
      asked.push(tenant)
      return tenant === 'acme' ? acme : {}
    })
    expect([connect(quotas), connect(quotas)]).toEqual([true, false])
    for (let each = 0; each < 100; each++) expect(connect(quotas, 'globex')).toBe(true)
    expect(asked).toEqual(['acme', 'globex'])
    acme = { connections: 2 }
    await clock.advance(10_000)
    expect([connect(quotas), connect(quotas)]).toEqual([true, false])
  })

  it('[TEN3] leaves what was taken taken when it changes', async () => {
    let perSecond = 1
    const quotas = subject(() => ({ publications: { perSecond, burst: 100 } }))
    expect(publish(quotas, 1, 200)).toBe(100)
    perSecond = 2
    await clock.advance(10_000)
    expect(publish(quotas, 1, 200)).toBeLessThan(100)
  })

  it('[TEN3] counts as it was while the application fails to say it, and a failure refuses nobody', async () => {
    let fails = true
    const quotas = subject(() => {
      if (fails) throw new Error('no plan')
      return { connections: 2 }
    })
    expect(connect(quotas)).toBe(true)
    fails = false
    await clock.advance(10_000)
    expect([connect(quotas), connect(quotas)]).toEqual([true, false])
    fails = true
    await clock.advance(10_000)
    expect(connect(quotas)).toBe(false)
    expect(failures).toEqual([new Error('no plan'), new Error('no plan')])
  })

  it('[TEN3] is forgotten with tenants of whom there is nothing to remember', async () => {
    const quotas = subject({ publications: { perSecond: 1, burst: 100 } })
    connect(quotas, 'connected')
    quotas.subscribed('subscribed', 1)
    publish(quotas, 1, 100, 'in debt')
    for (let tenant = 0; tenant < 1_000; tenant++) publish(quotas, 1, 1, `idle ${tenant}`)
    expect(quotas.size).toBe(1_003)
    await clock.advance(10_000)
    publish(quotas, 1, 1, 'newcomer')
    expect(quotas.size).toBe(4)
    quotas.disconnected('connected')
    quotas.subscribed('subscribed', -1)
    await clock.advance(90_000)
    publish(quotas, 1, 1, 'newcomer of another day')
    expect(quotas.size).toBe(1)
  })
})

describe('configuration', () => {
  // Holds: configuration may come from a file, where types say nothing.
  const untyped = (options: unknown): QuotaOptions => options as QuotaOptions
  it.each<[string, QuotaOptions]>([
    ['quotas', untyped(null)],
    ['quotas', untyped('acme')],
    ['quotas.connections', { connections: -1 }],
    ['quotas.subscriptions', { subscriptions: 1.5 }],
    ['quotas.connections', untyped({ connections: { perSecond: 1, burst: 1 } })],
    ['quotas.publications', untyped({ publications: 5 })],
    ['quotas.publications.perSecond', { publications: { perSecond: 0, burst: 1 } }],
    ['quotas.bytes.burst', { bytes: { perSecond: 1, burst: Number.NaN } }],
    ['quotas.messages', untyped({ messages: 5 })],
  ])('[OPS3] stops at wrong %s with one line that names it', (setting, options) => {
    const start = (): unknown => resolveQuotas(options)
    expect(start).toThrow(ConfigurationError)
    expect(start).toThrow(expect.objectContaining({ setting, message: expect.stringMatching(new RegExp(`^${setting} [^\\n]+: [^\\n]+$`)) }))
  })

  it('[OPS3] tells of what a function answers that is no quota, such as a promise', () => {
    const quotas = subject(untyped(async () => ({ connections: 1 })))
    expect(connect(quotas)).toBe(true)
    expect(failures).toMatchObject([{ setting: 'quotas' }])
  })
})

it('[TEN3] tells what is used up, and whether and when it is worth a retry', () => {
  expect(quotaError({ quota: 'subscriptions', limit: 5 }).toBody()).toEqual({
    code: 'quota_exceeded',
    message: 'the tenant has 5 subscriptions, which is its quota',
    retry: true,
    details: { quota: 'subscriptions', limit: 5 },
  })
  expect(quotaError({ quota: 'bytes', retryAfterMs: 7 }).toBody()).toEqual({
    code: 'rate_limited',
    message: "the tenant's quota of bytes is used up",
    retry: true,
    details: { quota: 'bytes', retryAfterMs: 7 },
  })
})
