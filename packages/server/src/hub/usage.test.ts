import { describe, expect, it } from 'vitest'
import { createInboundLimits, type Sender } from '../limits/inbound.ts'
import type { Quotas } from '../limits/options.ts'
import { resolveLimits } from '../limits/resolve-limits.ts'
import { createTenantQuotas } from '../limits/tenant-quotas.ts'
import { presenceNodes } from '../testing/presence-nodes.ts'
import { createUsage } from './usage.ts'

const wide = { perSecond: 1_000, burst: 100_000 }
const all = { messagesPerConnection: wide, messagesPerUser: wide, messagesPerTenant: wide, messagesPerAddress: wide }
const sender: Sender = { connectionId: 'c1', tenant: 'acme', userId: 'asha', address: '10.0.0.7' }

/** Two nodes with limits of their own, which tell each other. */
async function subject(limits: object, quotasOf: (tenant: string) => Quotas = () => ({})) {
  const { clock, node } = presenceNodes()
  const nodes = ['n1', 'n2'].map((id) => {
    const { membership, freeze } = node(id)
    const inbound = createInboundLimits(resolveLimits({ ...all, ...limits }), clock, true)
    const quiet = { onRefused() {}, onUsedUp() {}, onFailure() {} }
    const quotas = createTenantQuotas({ quotasOf, clock, shared: true, nextTurn: (run) => run(), ...quiet })
    const usage = createUsage({ inbound, quotas, clock })
    membership.carry(usage)
    membership.observe(usage.peerEvents)
    return { inbound, quotas, freeze }
  })
  await clock.advance(4_000)
  // Holds: there are two.
  return { clock, nodes: nodes as [(typeof nodes)[0], (typeof nodes)[0]] }
}

describe('limits that hold for all nodes together', () => {
  it.each([
    ['user', { messagesPerUser: { perSecond: 20, burst: 40 } }, { tenant: 'acme', userId: 'asha' }],
    ['tenant', { messagesPerTenant: { perSecond: 20, burst: 40 } }, { tenant: 'acme' }],
    ['address', { messagesPerAddress: { perSecond: 20, burst: 40 } }, { address: '10.0.0.7' }],
  ] as const)('[BP3] counts what a %s sends to two nodes against one rate', async (_, limits, same) => {
    const { clock, nodes } = await subject(limits)
    let accepted = 0
    for (let step = 0; step < 600; step++) {
      for (const [n, { inbound }] of nodes.entries())
        for (let message = 0; message < 4; message++) {
          const other = { connectionId: `c${n}-${step}`, tenant: `t${n}`, userId: `u${n}`, address: `a${n}` }
          if (inbound.take({ ...other, ...same }).kind === 'ok') accepted++
        }
      await clock.advance(100)
    }
    // 60 s at 20 a second, and the burst; each node was out by a beat at the start.
    expect(accepted).toBeGreaterThan(1_000)
    expect(accepted).toBeLessThan(1_200 + 40 + 2 * (40 + 40))
  })

  it('[BP3] lets who keeps to the rate on each of two nodes pass, where both together do', async () => {
    const { clock, nodes } = await subject({ messagesPerUser: { perSecond: 20, burst: 40 } })
    for (let step = 0; step < 300; step++) {
      for (const { inbound } of nodes) expect(inbound.take(sender).kind).toBe('ok')
      await clock.advance(110)
    }
  })

  it('[TEN3] counts the connections and subscriptions of a tenant on all nodes, and forgets those of one that is gone', async () => {
    const { clock, nodes } = await subject({}, () => ({ connections: 5, subscriptions: 5 }))
    const [here, there] = nodes
    for (let n = 0; n < 3; n++) there.quotas.connected('acme')
    for (let n = 0; n < 5; n++) there.quotas.subscribed('acme', 1)
    await clock.advance(2_000)
    expect(here.quotas.subscription('acme')).toEqual({ quota: 'subscriptions', limit: 5 })
    expect(here.quotas.subscription('globex')).toBeNull()
    expect(here.quotas.admit('acme')).toBeNull()
    here.quotas.connected('acme')
    expect(here.quotas.admit('acme')).toBeNull()
    here.quotas.connected('acme')
    expect(here.quotas.admit('acme')).toEqual({ quota: 'connections', limit: 5 })
    there.quotas.disconnected('acme')
    await clock.advance(2_000)
    expect(here.quotas.admit('acme')).toBeNull()
    there.freeze()
    await clock.advance(12_000)
    expect([here.quotas.subscription('acme'), here.quotas.admit('acme')]).toEqual([null, null])
  })

  it('[TEN3] counts the publications and the bytes of a tenant on all nodes', async () => {
    const { clock, nodes } = await subject({}, () => ({
      publications: { perSecond: 10, burst: 20 },
      bytes: { perSecond: 1_000, burst: 100_000 },
    }))
    const [here, there] = nodes
    for (let n = 0; n < 60; n++) there.quotas.published('acme', 10)
    await clock.advance(2_000)
    expect(here.quotas.publication('acme')).toMatchObject({ quota: 'publications' })
    await clock.advance(8_000)
    expect(here.quotas.publication('acme')).toBeNull()
    there.quotas.published('globex', 110_000)
    await clock.advance(2_000)
    expect(here.quotas.publication('globex')).toMatchObject({ quota: 'bytes' })
  })
})
