import type { ChannelName } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Broker, Envelope } from '../broker/port.ts'
import { channelKey } from '../channel-key.ts'
import { backoffMs } from './backoff.ts'
import { openBroker } from './broker.ts'
import { fakeRedis } from './fake-redis.ts'

// Holds: as a pattern would format it.
const key = (n: number) => channelKey('acme', `mill:${n}` as ChannelName)
const envelope = (n: number, id = 'a'): Envelope => ({ channel: key(n), delivery: 'volatile', event: 'noted', json: '1', id, time: 1 })

async function scene({ random = () => 0.5 }: { readonly random?: () => number } = {}) {
  const redis = fakeRedis()
  const clock = manualClock()
  const turns: (() => void)[] = []
  const problems: string[] = []
  const heard: string[] = []
  let restored = 0
  const broker = await openBroker({
    ...{ open: redis.open, prefix: 'p:', checkTimeoutMs: 1_500, clock, random, maxWaiting: 1_000, maxWaitingBytes: 1_000_000 },
    nextTurn: (run) => void turns.push(run),
    onProblem: (problem) => problems.push(problem),
  })
  broker.listen(
    ({ id }) => heard.push(id),
    () => {
      restored += 1
    },
  )
  return {
    ...{ redis, clock, broker, problems, heard },
    get restored() {
      return restored
    },
    /** Ends this turn of the event loop, and lets what follows from it run. */
    async turn() {
      for (const run of turns.splice(0)) run()
      await clock.advance(0)
    },
  }
}

async function subscribed(set: Awaited<ReturnType<typeof scene>>, n: number): Promise<void> {
  const inForce = set.broker.subscribe(key(n))
  await set.turn()
  await inForce
}

describe('the broker on Redis', () => {
  it('[HLT2] refuses what has not gone out when the connection is lost', async () => {
    const set = await scene()
    const gathered = set.broker.publish(envelope(1))
    set.redis.lose('gone')
    await expect(gathered).rejects.toMatchObject({ code: 'unavailable', message: 'there is no connection to Redis: gone' })
    await expect(set.broker.publish(envelope(1))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(set.broker.check()).rejects.toMatchObject({ message: 'there is no connection to Redis: gone' })
  })

  it('[HLT2] tells that messages were lost once everything is in force again, what was held meanwhile included', async () => {
    const set = await scene()
    await subscribed(set, 1)
    const waiting = set.broker.subscribe(key(2))
    set.redis.up = false
    set.redis.lose('gone')
    await waiting
    await set.broker.subscribe(key(3))
    await set.broker.unsubscribe(key(1))
    await set.clock.advance(60_000)
    expect(set.restored).toBe(0)
    set.redis.up = true
    let inForce: readonly string[] = []
    set.broker.listen(
      () => undefined,
      () => {
        inForce = [...set.redis.subscribed]
      },
    )
    await set.clock.advance(2_000)
    expect(inForce).toEqual(['p:acme/mill:2', 'p:acme/mill:3'])
  })

  it('[HLT2] has in force what is subscribed to while it is told what was', async () => {
    const set = await scene()
    await subscribed(set, 0)
    let n = 0
    set.redis.onSubscribe = () => {
      n += 1
      if (n > 4) return
      void set.broker.subscribe(key(n))
      void Promise.resolve().then(() => set.broker.unsubscribe(key(n - 1)))
    }
    set.redis.lose('gone')
    let inForce: readonly string[] = []
    set.broker.listen(
      () => undefined,
      () => {
        inForce = [...set.redis.subscribed]
      },
    )
    await set.clock.advance(2_000)
    expect(inForce).toEqual(['p:acme/mill:4'])
  })

  it('[HLT2] tries again after 100 ms, then more and more seldom, not with the others, and never gives up', async () => {
    const set = await scene()
    set.redis.up = false
    set.redis.lose('gone')
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const before = set.redis.attempts
      const wait = backoffMs(attempt, () => 0.5)
      await set.clock.advance(wait - 1)
      expect(set.redis.attempts).toBe(before)
      await set.clock.advance(1)
      expect(set.redis.attempts).toBe(before + 1)
    }
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, chance) => {
        const longest = Math.min(2_000, 100 * 2 ** attempt)
        const wait = backoffMs(attempt, () => chance)
        return wait >= longest / 2 && wait <= longest
      }),
    )
  })

  it('[CON4] drops what is none of ours, tells it once, and goes on', async () => {
    const set = await scene()
    await subscribed(set, 1)
    for (let n = 0; n < 100; n += 1) set.redis.inject('p:acme/mill:1', `nonsense ${n}`)
    set.broker.publish(envelope(1, 'good')).catch(() => undefined)
    await set.turn()
    expect(set.heard).toEqual(['good'])
    expect(set.problems).toHaveLength(1)
    expect(set.problems[0]).not.toContain('nonsense')
  })

  it('[OPS2] goes on when a handler throws, and quotes nothing of it', async () => {
    const set = await scene()
    await subscribed(set, 1)
    let calls = 0
    set.broker.listen(() => {
      calls += 1
      throw new TypeError('secret payload')
    })
    const both = Promise.all([set.broker.publish(envelope(1, 'a')), set.broker.publish(envelope(1, 'b'))])
    await set.turn()
    await both
    expect(calls).toBe(2)
    expect(set.problems).toEqual(["the broker's handler threw TypeError"])
  })

  it('[BP1] refuses what is more than may wait', async () => {
    const set = await scene()
    const all = await Promise.allSettled([
      ...Array.from({ length: 1_005 }, (_, n) => set.broker.publish(envelope(n))),
      Promise.resolve().then(() => set.turn()),
    ])
    expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(5)
    const more = set.broker.publish(envelope(1))
    await set.turn()
    await more
  })

  it('[HLT2] [DLV5] holds what is held and answers everybody, whatever is lost when', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('subscribe', 'unsubscribe', 'publish'), n: fc.nat(5) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('turn', 'lose', 'down', 'up', 'microtask'), n: fc.constant(0) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('advance'), n: fc.nat(3_000) }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), fc.double({ min: 0, max: 0.99, noNaN: true }), async (plan, chance) => {
        const set = await scene({ random: () => chance })
        const held = new Set<number>()
        const answers: Promise<unknown>[] = []
        const kept = (promise: Promise<unknown>) =>
          void answers.push(promise.catch((error: unknown) => expect(error).toMatchObject({ code: 'unavailable' })))
        const act: Readonly<Record<string, (n: number) => unknown>> = {
          subscribe(n) {
            held.add(n)
            kept(set.broker.subscribe(key(n)))
          },
          unsubscribe(n) {
            held.delete(n)
            kept(set.broker.unsubscribe(key(n)))
          },
          publish: (n) => kept(set.broker.publish(envelope(n))),
          turn: () => set.turn(),
          microtask: () => Promise.resolve(),
          lose: () => set.redis.lose('gone'),
          down() {
            set.redis.up = false
            set.redis.lose('gone')
          },
          up() {
            set.redis.up = true
          },
          advance: (n) => set.clock.advance(n),
        }
        for (const { do: name, n } of plan) await act[name]?.(n)
        set.redis.up = true
        await set.clock.advance(2_000)
        await set.turn()
        await Promise.all(answers)
        expect([...set.redis.subscribed].sort()).toEqual([...held].sort().map((n) => `p:acme/mill:${n}`))
        await set.broker.check()
        await closed(set.broker)
        expect(set.clock.pending).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  async function closed(broker: Broker): Promise<void> {
    await broker.close()
    await expect(broker.publish(envelope(1))).rejects.toMatchObject({ code: 'unavailable' })
  }
})
