import { expect, it } from 'vitest'
import { OutboundQueue } from './outbound-queue.ts'
import type { Frame } from './port.ts'

interface Named extends Frame {
  readonly name: string
}
const frame = (name: string, delivery: Frame['delivery'], bytes = 10, conflateKey?: string): Named =>
  conflateKey === undefined ? { name, delivery, bytes } : { name, delivery, bytes, conflateKey }

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
