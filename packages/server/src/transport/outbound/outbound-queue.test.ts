import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Lane } from './lane.ts'
import { OutboundQueue, type Queueable } from './outbound-queue.ts'

interface Named extends Queueable {
  readonly name: string
}

const wide: Lane = { name: 'wide', maxBytes: 1_000_000, highWaterBytes: 1_000_000, volatile: 'drop-newest' }
const frame = (name: string, delivery: Queueable['delivery'], bytes = 10, conflateKey?: string, lane = wide): Named => ({
  name,
  delivery,
  bytes,
  conflateKey,
  lane,
})

function subject(maxBytes: number) {
  const dropped: string[] = []
  const queue = new OutboundQueue<Named>(maxBytes, ({ name }, how) => dropped.push(`${name} ${how}`))
  const drain = () => {
    const names: string[] = []
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) names.push(next.name)
    return names
  }
  return { queue, dropped, drain }
}

it('[DLV4] gives frames back in the order in which they were put in', () => {
  const { queue, drain } = subject(100)
  for (const name of ['a', 'b', 'c']) queue.push(frame(name, 'durable'), 0)
  expect(drain()).toEqual(['a', 'b', 'c'])
  expect(queue.bytes).toBe(0)
})

it('[BP1] drops a volatile frame at the bound', () => {
  const { queue, dropped, drain } = subject(20)
  queue.push(frame('a', 'durable'), 0)
  queue.push(frame('b', 'durable'), 0)
  expect(queue.push(frame('v', 'volatile'), 0)).toBe('dropped')
  expect(dropped).toEqual(['v dropped'])
  expect(drain()).toEqual(['a', 'b'])
})

it('[BP1] drops queued volatile frames to make room for a durable one', () => {
  const { queue, dropped, drain } = subject(30)
  queue.push(frame('v1', 'volatile'), 0)
  queue.push(frame('a', 'durable'), 0)
  queue.push(frame('v2', 'volatile'), 0)
  expect(queue.push(frame('b', 'durable', 20), 0)).toBe('queued')
  expect(dropped).toEqual(['v1 dropped', 'v2 dropped'])
  expect(drain()).toEqual(['a', 'b'])
})

it('[BP1] keeps only the newest retained frame of a key, behind what was sent before it', () => {
  const { queue, dropped, drain } = subject(30)
  queue.push(frame('r1', 'retained', 10, 'stats'), 0)
  queue.push(frame('a', 'durable'), 0)
  expect(queue.push(frame('r2', 'retained', 10, 'stats'), 0)).toBe('queued')
  expect(queue.bytes).toBe(20)
  expect(dropped).toEqual(['r1 conflated'])
  expect(drain()).toEqual(['a', 'r2'])
})

it('[BP1] overflows for a durable frame that does not fit, counting what is in flight', () => {
  const { queue } = subject(30)
  expect(queue.push(frame('a', 'durable'), 15)).toBe('queued')
  expect(queue.push(frame('b', 'durable'), 15)).toBe('overflow')
  expect(queue.bytes).toBe(10)
})

it('[BP1] stays within its bound however often a key changes', () => {
  const { queue, drain } = subject(1_000)
  for (let round = 0; round < 50_000; round++) queue.push(frame(`r${round}`, 'retained', 10, `key${round % 3}`), 0)
  expect(queue.bytes).toBe(30)
  expect(drain()).toEqual(['r49997', 'r49998', 'r49999'])
})

it('[BP1] bounds each lane by itself, and tells the others nothing of it', () => {
  const { queue, drain } = subject(1_000)
  const narrow: Lane = { ...wide, name: 'narrow', maxBytes: 20, highWaterBytes: 20 }
  expect(queue.push(frame('n1', 'durable', 10, undefined, narrow), 0)).toBe('queued')
  expect(queue.push(frame('n2', 'durable', 10, undefined, narrow), 0)).toBe('queued')
  expect(queue.push(frame('n3', 'durable', 10, undefined, narrow), 0)).toBe('overflow')
  expect(queue.push(frame('w', 'durable'), 0)).toBe('queued')
  expect(drain()).toEqual(['n1', 'n2', 'w'])
  expect(queue.push(frame('n4', 'durable', 20, undefined, narrow), 0)).toBe('queued')
})

it('[BP1] keeps room for durable frames above the high-water mark', () => {
  const { queue, dropped, drain } = subject(1_000)
  const lane: Lane = { ...wide, name: 'mill', maxBytes: 40, highWaterBytes: 20 }
  for (const name of ['v1', 'v2', 'v3']) queue.push(frame(name, 'volatile', 10, undefined, lane), 0)
  expect(dropped).toEqual(['v3 dropped'])
  expect(queue.push(frame('d1', 'durable', 10, undefined, lane), 0)).toBe('queued')
  expect(queue.push(frame('d2', 'durable', 10, undefined, lane), 0)).toBe('queued')
  expect(drain()).toEqual(['v1', 'v2', 'd1', 'd2'])
})

it('[BP1] drops the oldest where the newest matter more, and only of the same lane', () => {
  const { queue, dropped, drain } = subject(1_000)
  const lane: Lane = { ...wide, name: 'cursor', highWaterBytes: 80, volatile: 'drop-oldest' }
  queue.push(frame('other', 'volatile'), 0)
  for (let n = 1; n <= 10; n++) queue.push(frame(`c${n}`, 'volatile', 10, undefined, lane), 0)
  expect(dropped).toEqual(['c1 dropped', 'c2 dropped'])
  expect(drain()).toEqual(['other', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9', 'c10'])
})

it('[BP1] never holds more than its bounds, and never loses a durable frame or an order, whatever comes', () => {
  const lanes: Lane[] = [
    { name: 'a', maxBytes: 300, highWaterBytes: 150, volatile: 'drop-newest' },
    { name: 'b', maxBytes: 200, highWaterBytes: 200, volatile: 'drop-oldest' },
  ]
  const step = fc.record({
    lane: fc.constantFrom(...lanes),
    delivery: fc.constantFrom('durable', 'volatile', 'retained'),
    bytes: fc.integer({ min: 1, max: 120 }),
    key: fc.nat({ max: 2 }),
    shifts: fc.nat({ max: 3 }),
    outside: fc.nat({ max: 100 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { queue } = subject(400)
      let expected: number[] = []
      const heard: number[] = []
      const names: number[] = []
      const shift = () => {
        const next = queue.shift()
        if (next === undefined) return false
        names.push(Number(next.name))
        if (next.delivery === 'durable') heard.push(Number(next.name))
        return true
      }
      steps.forEach(({ lane, delivery, bytes, key, shifts, outside }, index) => {
        const conflateKey = delivery === 'retained' ? `${lane.name}${key}` : undefined
        const verdict = queue.push(frame(`${index}`, delivery, bytes, conflateKey, lane), outside)
        if (delivery === 'durable' && verdict === 'queued') expected = [...expected, index]
        if (verdict === 'queued') expect(queue.bytes + outside).toBeLessThanOrEqual(400)
        for (let n = 0; n < shifts; n++) shift()
      })
      while (shift());
      expect(heard).toEqual(expected)
      expect(names).toEqual(names.toSorted((a, b) => a - b))
      expect(queue.bytes).toBe(0)
      expect(queue.empty).toBe(true)
    }),
    { seed: 11, numRuns: 300 },
  )
})
