import type { ChannelName } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { createTyping, type Typing, type TypingOptions } from './typing.ts'

const mill = channelKey('acme', 'mill:7' as ChannelName)
const other = channelKey('acme', 'mill:8' as ChannelName)
const asha = { connectionId: 'a1', userId: 'asha', name: 'Asha' }
const ashaToo = { connectionId: 'a2', userId: 'asha', name: 'Asha' }
const ravi = { connectionId: 'r1', userId: 'ravi' }

let clock: ManualClock
let said: string[]

function create(options: Partial<TypingOptions> = {}): Typing {
  return createTyping({
    clock,
    onStart: ({ channel, typist, detail }) => said.push(`${typist.userId} starts ${JSON.stringify(detail)} in ${channel}`),
    onStop: ({ channel, typist }) => said.push(`${typist.userId} stops in ${channel}`),
    ...options,
  })
}

beforeEach(() => {
  clock = manualClock()
  said = []
})

describe('how typing ends', () => {
  it('[PRE4] ends by itself when the signals stop', async () => {
    const typing = create()
    expect(typing.start(mill, asha)).toBe(true)
    await clock.advance(5_999)
    expect(said).toEqual(['asha starts {} in acme/mill:7'])
    await clock.advance(1)
    expect(said).toEqual(['asha starts {} in acme/mill:7', 'asha stops in acme/mill:7'])
    await clock.advance(60_000)
    expect(said).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  it('[PRE4] lives on while the signals repeat, and is announced once', async () => {
    const typing = create()
    for (let signal = 0; signal < 10; signal++) {
      typing.start(mill, asha, { entity: 'purchase' })
      await clock.advance(5_000)
    }
    expect(said).toEqual(['asha starts {"entity":"purchase"} in acme/mill:7'])
    await clock.advance(1_000)
    expect(said).toHaveLength(2)
  })

  it('[PRE4] announces again only what is typed when it changes', () => {
    const typing = create()
    typing.start(mill, asha, { entity: 'purchase' })
    typing.start(mill, asha, { entity: 'purchase' })
    typing.start(mill, asha, { entity: 'sale' })
    expect(said).toEqual(['asha starts {"entity":"purchase"} in acme/mill:7', 'asha starts {"entity":"sale"} in acme/mill:7'])
    expect(clock.pending).toBe(1)
  })

  it('[PRE4] ends once when the person says so, however often', async () => {
    const typing = create()
    typing.start(mill, asha)
    typing.stop(mill, 'a1')
    typing.stop(mill, 'a1')
    typing.stop(other, 'a1')
    await clock.advance(60_000)
    expect(said).toEqual(['asha starts {} in acme/mill:7', 'asha stops in acme/mill:7'])
  })

  it('[PRE4] ends in every channel when the connection is gone', () => {
    const typing = create()
    typing.start(mill, asha)
    typing.start(other, asha)
    typing.start(mill, ravi)
    typing.left('a1')
    typing.left('a1')
    expect(said.slice(3)).toEqual(['asha stops in acme/mill:7', 'asha stops in acme/mill:8'])
    expect(clock.pending).toBe(1)
  })

  it('[PRE4] ends when the person publishes, from whichever connection', () => {
    const typing = create()
    typing.start(mill, asha)
    typing.start(mill, ashaToo)
    typing.start(mill, ravi)
    typing.start(other, asha)
    typing.published(mill, 'asha')
    typing.published(mill, 'nobody')
    expect(said.filter((line) => line.includes('stops'))).toEqual(['asha stops in acme/mill:7'])
    expect(clock.pending).toBe(2)
  })
})

describe('two tabs of one person', () => {
  it('[PRE4] are announced as one, until both have stopped', () => {
    const typing = create()
    typing.start(mill, asha)
    typing.start(mill, ashaToo)
    typing.stop(mill, 'a1')
    expect(said).toEqual(['asha starts {} in acme/mill:7'])
    typing.stop(mill, 'a2')
    expect(said).toEqual(['asha starts {} in acme/mill:7', 'asha stops in acme/mill:7'])
  })

  it('[PRE4] show what the tab that goes on is typing', () => {
    const typing = create()
    typing.start(mill, asha, { entity: 'purchase' })
    typing.start(mill, ashaToo, { entity: 'sale' })
    typing.stop(mill, 'a2')
    expect(said.slice(1)).toEqual(['asha starts {"entity":"sale"} in acme/mill:7', 'asha starts {"entity":"purchase"} in acme/mill:7'])
    typing.start(mill, ashaToo, { entity: 'sale' })
    typing.stop(mill, 'a1')
    expect(said.slice(3)).toEqual(['asha starts {"entity":"sale"} in acme/mill:7'])
  })
})

describe('bounds', () => {
  it('[PRE4] refuses more typists in a channel, or channels of a connection, than the bound', () => {
    const typing = create({ maxPerChannel: 1, maxPerConnection: 1 })
    expect(typing.start(mill, asha)).toBe(true)
    expect(typing.start(mill, ravi)).toBe(false)
    expect(typing.start(other, asha)).toBe(false)
    expect(typing.start(mill, asha, { entity: 'sale' })).toBe(true)
    typing.stop(mill, 'a1')
    expect(typing.start(mill, ravi)).toBe(true)
  })

  it('[PRE4] closes without an announcement and leaves no timer', () => {
    const typing = create()
    typing.start(mill, asha)
    typing.start(other, ravi)
    typing.close()
    expect(said).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  it('[PRE4] leaves nobody typing for those who follow, whatever happened before', async () => {
    const typist = fc.constantFrom(asha, ashaToo, ravi)
    const step = fc.record({
      kind: fc.constantFrom('start', 'start', 'stop', 'left', 'published', 'wait'),
      typist,
      channel: fc.constantFrom(mill, other),
      entity: fc.constantFrom('sale', 'purchase'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const time = manualClock()
        const shown = new Map<string, string>()
        const typing = createTyping({
          clock: time,
          onStart({ channel, typist: { userId }, detail }) {
            // An announcement always brings news.
            expect(shown.get(`${channel} ${userId}`)).not.toBe(JSON.stringify(detail))
            shown.set(`${channel} ${userId}`, JSON.stringify(detail))
          },
          onStop: ({ channel, typist: { userId } }) => expect(shown.delete(`${channel} ${userId}`)).toBe(true),
        })
        for (const { kind, typist: person, channel, entity } of steps) {
          if (kind === 'start') {
            typing.start(channel, person, { entity })
            expect(shown.has(`${channel} ${person.userId}`)).toBe(true)
          } else if (kind === 'stop') typing.stop(channel, person.connectionId)
          else if (kind === 'left') typing.left(person.connectionId)
          else if (kind === 'published') {
            typing.published(channel, person.userId)
            expect(shown.has(`${channel} ${person.userId}`)).toBe(false)
          } else await time.advance(2_500)
        }
        await time.advance(6_000)
        expect(shown.size).toBe(0)
        expect(time.pending).toBe(0)
      }),
      { seed: 7, numRuns: 200 },
    )
  })
})
