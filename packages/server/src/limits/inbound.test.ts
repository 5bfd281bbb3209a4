import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { ConfigurationError } from '../configuration-error.ts'
import { createInboundLimits, type InboundLimits, type Sender } from './inbound.ts'
import { type LimitOptions, limitDefaults } from './options.ts'
import { resolveLimits } from './resolve-limits.ts'

const wide = { perSecond: 1_000, burst: 100_000 }
const narrow = { perSecond: 1, burst: 10 }
const sender: Sender = { connectionId: 'c1', tenant: 'acme', userId: 'asha', address: '10.0.0.7' }

let clock: ManualClock
beforeEach(() => {
  clock = manualClock()
})

function create(options: LimitOptions): InboundLimits {
  const all = { messagesPerConnection: wide, messagesPerUser: wide, messagesPerTenant: wide, messagesPerAddress: wide }
  return createInboundLimits(resolveLimits({ ...all, ...options }), clock)
}
function accepted(limits: InboundLimits, from: Sender, tries = 100): number {
  let count = 0
  for (let attempt = 0; attempt < tries; attempt++) if (limits.take(from).kind === 'ok') count++
  return count
}

describe('what is limited', () => {
  it.each<[string, LimitOptions, Partial<Sender>, Partial<Sender>]>([
    ['connection', { messagesPerConnection: narrow }, { tenant: 'globex', userId: 'x', address: 'x' }, { connectionId: 'c2' }],
    ['user', { messagesPerUser: narrow }, { connectionId: 'c2', address: 'x' }, { userId: 'ravi' }],
    ['tenant', { messagesPerTenant: narrow }, { connectionId: 'c2', userId: 'ravi', address: 'x' }, { tenant: 'globex' }],
    ['address', { messagesPerAddress: narrow }, { connectionId: 'c2', userId: 'ravi', tenant: 'globex' }, { address: '10.0.0.8' }],
  ])('[BP3] limits messages per %s', (by, options, same, other) => {
    const limits = create(options)
    expect(accepted(limits, sender)).toBe(10)
    expect(limits.take({ ...sender, ...same })).toEqual({ kind: 'rate_limited', by, retryAfterMs: 1_000 })
    expect(accepted(limits, { ...sender, ...other })).toBe(10)
  })

  it('[TEN1] keeps users of the same id in two tenants apart', () => {
    const limits = create({ messagesPerUser: narrow })
    accepted(limits, { ...sender, tenant: 'a', userId: 'b/c' })
    expect(accepted(limits, { ...sender, tenant: 'a/b', userId: 'c' })).toBe(10)
    expect(accepted(limits, { ...sender, tenant: 'b', userId: 'b/c' })).toBe(10)
  })

  it('[BP3] counts a refused message for no limit', () => {
    const limits = create({ messagesPerConnection: narrow, messagesPerUser: { perSecond: 1, burst: 20 } })
    expect(accepted(limits, sender)).toBe(10)
    expect(accepted(limits, { ...sender, connectionId: 'c2' })).toBe(10)
    expect(accepted(limits, { ...sender, connectionId: 'c3' })).toBe(0)
  })

  it('[BP3] says how long until every limit lets it pass', async () => {
    const limits = create({ messagesPerConnection: { perSecond: 10, burst: 1 }, messagesPerTenant: { perSecond: 1, burst: 1 } })
    limits.take(sender)
    expect(limits.take(sender)).toEqual({ kind: 'rate_limited', by: 'connection', retryAfterMs: 1_000 })
    await clock.advance(1_000)
    expect(limits.take(sender)).toEqual({ kind: 'ok' })
  })
})

describe('abuse', () => {
  it('[BP3] calls it abuse when a connection goes on over its rate', () => {
    const limits = create({ messagesPerConnection: narrow, abuseAfter: 50 })
    const kinds = Array.from({ length: 60 }, () => limits.take(sender).kind)
    expect(kinds.slice(0, 10).every((kind) => kind === 'ok')).toBe(true)
    expect(kinds.slice(10, 59).every((kind) => kind === 'rate_limited')).toBe(true)
    expect(kinds[59]).toBe('abuse')
  })

  it('[BP3] calls a steady flood abuse, although some of it passes in between', async () => {
    const limits = create({ messagesPerConnection: { perSecond: 50, burst: 200 }, abuseAfter: 500 })
    let kind = 'ok'
    for (let ms = 0; ms < 2_000 && kind !== 'abuse'; ms++) {
      for (let message = 0; message < 5 && kind !== 'abuse'; message++) kind = limits.take(sender).kind
      await clock.advance(1)
    }
    expect(kind).toBe('abuse')
  })

  it('[BP3] forgives those who go on within the rate', async () => {
    const limits = create({ messagesPerConnection: { perSecond: 10, burst: 40 }, abuseAfter: 50 })
    for (let hour = 0; hour < 10; hour++) {
      for (let message = 0; message < 80; message++) expect(limits.take(sender).kind).not.toBe('abuse')
      await clock.advance(3_600_000)
    }
  })

  it('[TEN3] blames nobody for a limit that others of the tenant or the address used up', () => {
    const limits = create({ messagesPerTenant: narrow, abuseAfter: 5 })
    accepted(limits, { ...sender, connectionId: 'greedy' }, 10)
    for (let attempt = 0; attempt < 100; attempt++) expect(limits.take(sender).kind).toBe('rate_limited')
  })

  it('[BP3] forgets a connection that is gone', () => {
    const limits = create({ messagesPerConnection: narrow, abuseAfter: 50 })
    accepted(limits, sender, 59)
    limits.disconnected('c1')
    expect(limits.take(sender).kind).toBe('rate_limited')
  })
})

describe('configuration', () => {
  it('[OPS3] takes what is set over the defaults', () => {
    expect(resolveLimits()).toEqual(limitDefaults)
    expect(resolveLimits({ abuseAfter: 7, messagesPerUser: narrow })).toEqual({ ...limitDefaults, abuseAfter: 7, messagesPerUser: narrow })
  })

  // Holds: configuration may come from a file, where types say nothing.
  const untyped = (options: unknown): LimitOptions => options as LimitOptions
  it.each<[string, LimitOptions]>([
    ['limits.messagesPerConnection.perSecond', { messagesPerConnection: { perSecond: 0, burst: 10 } }],
    ['limits.messagesPerUser.perSecond', { messagesPerUser: { perSecond: Number.POSITIVE_INFINITY, burst: 10 } }],
    ['limits.messagesPerTenant.burst', { messagesPerTenant: { perSecond: 1, burst: 0.5 } }],
    ['limits.messagesPerAddress.burst', { messagesPerAddress: { perSecond: 1, burst: Number.NaN } }],
    ['limits.connectionsPerAddress', untyped({ connectionsPerAddress: null })],
    ['limits.messagesPerUser.perSecond', untyped({ messagesPerUser: { burst: 1 } })],
    ['limits.abuseAfter', { abuseAfter: 0 }],
    ['limits.handshakesPerTurn', { handshakesPerTurn: 0 }],
    ['limits.handshakesWaiting', { handshakesWaiting: 0.5 }],
    ['limits.outboundMaxBytes', { outboundMaxBytes: -1 }],
    ['limits.policyTimeoutMs', { policyTimeoutMs: 1.5 }],
    ['limits.inboundMaxBytes', untyped({ inboundMaxBytes: '1mb' })],
    ['limits.messagePerUser', untyped({ messagePerUser: narrow })],
  ])('[OPS3] stops at a wrong %s with one line that names it', (setting, options) => {
    const start = (): unknown => resolveLimits(options)
    expect(start).toThrow(ConfigurationError)
    expect(start).toThrow(expect.objectContaining({ setting, message: expect.stringMatching(new RegExp(`^${setting} [^\\n]+: [^\\n]+$`)) }))
  })
})
