import type { ChannelName } from '@millrace/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { Interest } from './interest.ts'

// Holds: as a pattern would format it.
const key = (n: number) => channelKey('acme', `mill:${n}` as ChannelName)
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('want', 'drop'), channel: fc.nat(4) }),
    fc.record({ do: fc.constantFrom('take', 'forgotten'), channel: fc.constant(0) }),
  ),
  { maxLength: 60 },
)

it('[DLV5] the server is told exactly what is held, whatever is wanted, dropped and lost in between', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const interest = new Interest()
      const held = new Set<string>()
      let server = new Set<string>()
      const tell = (): void => {
        const { unsubscribe, subscribe } = interest.take()
        for (const channel of unsubscribe) expect(server.delete(channel)).toBe(true)
        for (const channel of subscribe) {
          expect(server.has(channel)).toBe(false)
          server.add(channel)
        }
        expect(server).toEqual(held)
        expect(interest.isSettled).toBe(true)
      }
      for (const step of plan) {
        const channel = key(step.channel)
        if (step.do === 'take') tell()
        else if (step.do === 'forgotten') {
          interest.forgotten()
          server = new Set()
        } else if (step.do === 'want') {
          interest.want(channel)
          held.add(channel)
        } else {
          interest.drop(channel)
          held.delete(channel)
        }
        for (let n = 0; n < 5; n += 1) expect(interest.has(key(n))).toBe(held.has(key(n)))
      }
      tell()
    }),
  )
})
