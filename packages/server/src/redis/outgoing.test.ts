import type { ChannelName } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import { decodeEnvelopes } from '../broker/envelope-codec.ts'
import type { Envelope } from '../broker/port.ts'
import { channelKey } from '../channel-key.ts'
import { Outgoing } from './outgoing.ts'

// Holds: as a pattern would format it.
const key = (n: number) => channelKey('acme', `mill:${n}` as ChannelName)
const envelope = (n: number, id: string, size = 2): Envelope => ({
  ...{ channel: key(n), delivery: 'volatile', event: 'noted', id, time: 1 },
  json: JSON.stringify('x'.repeat(size - 2)),
})
const limits = { maxWaiting: 100, maxWaitingBytes: 1_000_000 }
const noted = (): undefined => undefined

describe('what goes out to Redis', () => {
  it('[LOG3] is one message per channel and turn, in the order of the calls', () => {
    const outgoing = new Outgoing(limits)
    for (const [n, id] of [
      [1, 'a'],
      [2, 'b'],
      [1, 'c'],
      [2, 'd'],
      [1, 'e'],
    ] as const)
      outgoing.add(envelope(n, id), noted)
    const sent = outgoing.take().map(({ channel, text }) => decodeEnvelopes(channel, text)?.map(({ id }) => id))
    expect(sent).toEqual([
      ['a', 'c', 'e'],
      ['b', 'd'],
    ])
    expect(outgoing.take()).toEqual([])
  })

  it('[LOG3] is cut into messages of a size that others can live with, in their order', () => {
    const outgoing = new Outgoing(limits)
    for (const id of ['a', 'b', 'c', 'd']) outgoing.add(envelope(1, id, 100_000), noted)
    const sent = outgoing.take().map(({ channel, text }) => decodeEnvelopes(channel, text)?.map(({ id }) => id))
    expect(sent).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  it('[BP1] is bounded in number and in bytes, until it is settled', () => {
    const outgoing = new Outgoing({ maxWaiting: 2, maxWaitingBytes: 1_000 })
    const answers: (Error | null)[] = []
    const add = (size: number) => outgoing.add(envelope(1, 'x', size), (refusal) => answers.push(refusal))
    expect([add(10), add(990), add(2)]).toEqual([true, true, false])
    const [batch] = outgoing.take()
    if (batch === undefined) throw new Error('nothing was gathered')
    expect(add(2)).toBe(false)
    const refusal = new Error('lost')
    outgoing.settle(batch, refusal)
    expect(answers).toEqual([refusal, refusal])
    expect([add(999), add(2)]).toEqual([true, false])
  })
})
