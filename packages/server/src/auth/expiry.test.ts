import { type ManualClock, manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import { createExpiry, type Expiry } from './expiry.ts'

let clock: ManualClock
let expired: [string, number][]
let expiry: Expiry
let start: number
beforeEach(() => {
  clock = manualClock()
  start = clock.now()
  expired = []
  expiry = createExpiry({ clock, onExpired: (connectionId) => expired.push([connectionId, clock.now() - start]) })
})

it('[AUTH4] tells of an expiry once, not before it and within two seconds', async () => {
  await clock.advance(300)
  expiry.track('a', start + 10_400)
  await clock.advance(10_099)
  expect(expired).toEqual([])
  await clock.advance(2_000)
  expect(expired).toEqual([['a', 11_300]])
  await clock.advance(60_000)
  expect(expired).toHaveLength(1)
})

it('[AUTH4] counts from the newest token after a refresh, longer or shorter', async () => {
  expiry.track('a', start + 10_000)
  expiry.track('b', start + 60_000)
  expiry.track('a', start + 30_000)
  expiry.track('b', start + 5_000)
  await clock.advance(29_000)
  expect(expired).toEqual([['b', 5_000]])
  await clock.advance(1_000)
  expect(expired).toEqual([
    ['b', 5_000],
    ['a', 30_000],
  ])
})

it('[AUTH4] tells at once of a token that has expired already', async () => {
  expiry.track('a', start - 1)
  await clock.advance(1_000)
  expect(expired).toEqual([['a', 1_000]])
})

it('[AUTH4] says nothing of a token without expiry, or of a connection that is gone', async () => {
  expiry.track('a', null)
  expiry.track('b', start + 1_000)
  expiry.untrack('b')
  expiry.track('c', start + 1_000)
  expiry.track('c', null)
  await clock.advance(3_600_000)
  expect(expired).toEqual([])
})

it('[AUTH4] needs one timer for all, none when there is nothing to wait for', async () => {
  expect(clock.pending).toBe(0)
  for (let connection = 0; connection < 1_000; connection++) expiry.track(`c${connection}`, start + 5_000)
  expect(clock.pending).toBe(1)
  expect(expiry.size).toBe(1_000)
  await clock.advance(5_000)
  expect(expired).toHaveLength(1_000)
  expect(expiry.size).toBe(0)
  expect(clock.pending).toBe(0)
  expiry.track('again', start + 10_000)
  expiry.close()
  expect(clock.pending).toBe(0)
})

it('[AUTH4] lets the receiver track and untrack while it is told', async () => {
  const told: string[] = []
  const inner = createExpiry({
    clock,
    onExpired(connectionId) {
      told.push(connectionId)
      if (connectionId === 'a') inner.track('a2', clock.now() + 1_000)
      inner.untrack(connectionId)
    },
  })
  inner.track('a', start + 1_000)
  inner.track('b', start + 1_000)
  await clock.advance(2_000)
  expect(told).toEqual(['a', 'b', 'a2'])
})

it('[AUTH4] holds for any schedule', async () => {
  const step = fc.record({ connection: fc.nat({ max: 5 }), lifeMs: fc.option(fc.nat({ max: 20_000 })), waitMs: fc.nat({ max: 3_000 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const time = manualClock()
      const due = new Map<string, number>()
      const subject = createExpiry({
        clock: time,
        onExpired(connectionId) {
          const expiresAt = due.get(connectionId) ?? Number.NaN
          expect(time.now() - expiresAt).toBeGreaterThanOrEqual(0)
          expect(time.now() - expiresAt).toBeLessThan(2_000)
          due.delete(connectionId)
        },
      })
      for (const { connection, lifeMs, waitMs } of steps) {
        const id = `c${connection}`
        if (lifeMs === null) {
          subject.untrack(id)
          due.delete(id)
        } else {
          subject.track(id, time.now() + lifeMs)
          due.set(id, time.now() + lifeMs)
        }
        await time.advance(waitMs)
      }
      await time.advance(22_000)
      expect(due.size).toBe(0)
      expect(time.pending).toBe(0)
    }),
    { seed: 7, numRuns: 100 },
  )
})
