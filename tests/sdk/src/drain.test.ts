import { pause, within } from '@millrace-tests/support'
import { expect, it } from 'vitest'
import { asha, listen, openYard, publish, ravi } from './yard.ts'

it('[HLT3] drains: flushes, tells clients to come back with jitter, admits nobody, and the SDK goes on elsewhere', async () => {
  await using yard = await openYard({ random: () => 0.5 })
  const session = await yard.raw(asha)
  const stock = await yard.raw(asha, { stock: true })
  const listener = await listen(yard.join(ravi), '7')
  const before = await publish(yard, '7', 'before-', 20)
  const drained = yard.server.rt.drain({ timeoutMs: 5_000, reconnectWithinMs: 4_000 })
  await expect(yard.raw(asha)).rejects.toThrow()
  await within(5_000, 'the drain', drained)
  await within(1_000, 'both have heard it', Promise.all([session.socket.closed, stock.socket.closed]))
  expect(session.events.all.at(-1)).toMatchObject({
    event: 'mr:disconnect',
    args: [{ code: 'draining', retry: true, retryAfterMs: 2_000 }],
  })
  const purchases = stock.events.all.filter(({ event }) => event === 'purchase:created')
  expect(purchases).toHaveLength(20)

  await yard.restart()
  const after = await publish(yard, '7', 'after-', 5)
  await yard.pass('the rest', () => listener.ids.length >= 25)
  expect(listener.ids).toEqual([...before, ...after])
})

it('[HLT3] does not wait for somebody who reads nothing', async () => {
  await using yard = await openYard({ limits: { outboundMaxBytes: 64_000_000 } })
  const session = await yard.raw(asha, { stock: true })
  session.socket.pauseReading()
  for (let n = 0; n < 200; n++) {
    await pause(0)
    await yard.server.rt.publish(yard.server.rt.contract.channels.mill({ millId: '7' }), 'purchase:created', {
      id: `p${n}`,
      kg: 1,
      note: 'x'.repeat(100_000),
    })
  }
  let done = false
  const drained = yard.server.rt.drain({ timeoutMs: 3_000 }).then(() => {
    done = true
  })
  await yard.pass('the time limit', () => done, { maxMs: 5_000 })
  await drained
})
