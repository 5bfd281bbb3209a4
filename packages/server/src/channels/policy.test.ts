import { channel, defineContract } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import { expect, it } from 'vitest'
import type { Identity } from '../auth/port.ts'
import type { Policy } from '../options.ts'
import { createPolicy } from './policy.ts'

const { channels } = defineContract({
  channels: { mill: channel('mill:{millId}', { events: {} }), admin: channel('admin', { events: {} }) },
})
const identity: Identity = { tenant: 'acme', userId: 'asha', roles: [], claims: {}, expiresAt: null }
const mill = channels.mill({ millId: 7 })

function subject(policy: Policy<'mill:{millId}'>) {
  const clock = manualClock()
  const failures: unknown[] = []
  const gate = createPolicy({
    // Holds: the policy is asked for channels of its own pattern alone.
    policies: { mill: policy as Policy },
    clock,
    timeoutMs: 1_000,
    onFailure: (_, error) => failures.push(error),
  })
  return { clock, failures, decide: () => gate.decide(identity, mill, '/'), gate }
}

it('[CHN1] admits nobody to a channel without a policy', async () => {
  const { gate } = subject(() => true)
  expect(await gate.decide(identity, channels.admin(), '/')).toBe('denied')
  expect(() => gate.require(identity, channels.admin(), '/')).toThrow(expect.objectContaining({ code: 'denied' }))
})

it('[CHN2] decides on identity and parameters, at once or later', async () => {
  const allowed = subject(async ({ identity: { userId }, params }) => userId === 'asha' && params.millId === '7')
  expect(await allowed.decide()).toBe('allowed')
  expect(await subject(() => false).decide()).toBe('denied')
})

it('[CHN2] admits only on `true`, whatever else an untyped policy answers', async () => {
  for (const answer of ['yes', 1, {}, undefined])
    expect(await subject((() => answer) as unknown as Policy<'mill:{millId}'>).decide()).toBe('denied')
})

it('[CHN2] fails closed when the policy throws or takes too long, and leaves no timer behind', async () => {
  const thrown = subject(() => {
    throw new Error('no database')
  })
  expect(await thrown.decide()).toBe('unavailable')
  expect(thrown.failures).toHaveLength(1)

  const slow = subject(() => new Promise(() => {}))
  const decision = slow.decide()
  await slow.clock.advance(1_000)
  expect(await decision).toBe('unavailable')
  expect(slow.failures).toMatchObject([{ code: 'timeout' }])
  expect(slow.clock.pending).toBe(0)
  expect(thrown.clock.pending).toBe(0)
})
