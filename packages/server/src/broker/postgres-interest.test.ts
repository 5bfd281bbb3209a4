import { expect, it } from 'vitest'
import type { ChannelKey } from '../channel-key.ts'
import { bucketCount, bucketOf, Interest, type Step } from './postgres-interest.ts'

// Holds: written as `channelKey` does.
const key = (name: string): ChannelKey => `acme/${name}` as ChannelKey
const a = key('mill:1')
/** Another channel in the same bucket. */
const sibling = key(Array.from({ length: 100_000 }, (_, index) => `doc:${index}`).find((name) => bucketOf(key(name)) === bucketOf(a)) ?? '')

function carryOut(interest: Interest): Step | null {
  const step = interest.next()
  if (step !== null) interest.done(step)
  return step
}

it('[DLV5] spreads channels evenly over names that PostgreSQL takes as they are', () => {
  const counts = new Map<string, number>()
  for (let index = 0; index < 100 * bucketCount; index += 1) {
    const bucket = bucketOf(key(`mill:${index}/line:${index % 7}`))
    expect(bucket).toMatch(/^millrace_[0-9a-f]{1,3}$/)
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
  }
  expect(counts.size).toBe(bucketCount)
  expect(Math.max(...counts.values())).toBeLessThan(200)
})

it('[CON4] never changes where a channel belongs: nodes of two versions share it', () => {
  expect(bucketOf(key('mill:7'))).toMatchInlineSnapshot(`"millrace_8f"`)
  expect(bucketOf(key('漢字:😀'))).toMatchInlineSnapshot(`"millrace_ca"`)
})

it('[CHN5] listens once, and as long as one of the channels is held', () => {
  const interest = new Interest()
  interest.add(a)
  interest.add(a)
  expect(interest.isMissing(a)).toBe(true)
  expect(carryOut(interest)).toEqual({ listen: [bucketOf(a)], unlisten: [] })
  interest.add(sibling)
  expect(interest.isMissing(sibling)).toBe(false)
  expect(carryOut(interest)).toBeNull()
  interest.remove(a)
  expect([interest.has(a), interest.has(sibling)]).toEqual([false, true])
  expect(carryOut(interest)).toBeNull()
  interest.remove(sibling)
  expect(carryOut(interest)).toEqual({ listen: [], unlisten: [bucketOf(a)] })
  expect(carryOut(interest)).toBeNull()
})

it('[CHN4] is not taken in by a channel that is held again while it is being given up', () => {
  const interest = new Interest()
  interest.add(a)
  carryOut(interest)
  interest.remove(a)
  const step = interest.next()
  interest.add(a)
  expect(interest.isMissing(a)).toBe(true)
  if (step !== null) interest.done(step)
  expect(carryOut(interest)).toEqual({ listen: [bucketOf(a)], unlisten: [] })
})

it('[DLV1] begins anew on a new connection', () => {
  const interest = new Interest()
  interest.add(a)
  interest.add(key('mill:2'))
  carryOut(interest)
  interest.lost()
  expect(interest.isMissing(a)).toBe(true)
  expect(carryOut(interest)?.listen).toHaveLength(2)
})
