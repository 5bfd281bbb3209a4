import type { Publication } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import { type ChannelAction, type ChannelEvent, type ChannelState, reduceChannel } from './channel-state.ts'

const at = (offset: number, epoch = 'e1') => ({ epoch, offset })
const publication = (offset: number, epoch = 'e1'): Publication => ({
  event: 'x',
  data: offset,
  id: `${epoch}/${offset}`,
  time: 0,
  position: at(offset, epoch),
})
const volatile: Publication = { event: 'typing', data: 1, id: 'v', time: 0 }
const denied = { code: 'denied', message: 'not allowed', retry: false }
const busy = { code: 'unavailable', message: 'not now', retry: true }

function step(state: ChannelState, event: ChannelEvent, attempt = 9): { state: ChannelState; actions: readonly ChannelAction[] } {
  const [next, ...actions] = reduceChannel(state, event, { attempt, random: 0 })
  return { state: next, actions }
}
const kinds = (actions: readonly ChannelAction[]) => actions.map((action) => action.type)
const subscribing = (position = at(5)): ChannelState => ({ state: 'subscribing', position, attempt: 3, failures: 0 })
const live: ChannelState = { state: 'live', position: at(5), failures: 0 }

describe('catching up', () => {
  it('[REC1] takes recovered publications in order, once', () => {
    const { state, actions } = step(subscribing(), {
      type: 'recovered',
      publications: [publication(5), publication(6), publication(6), publication(7)],
    })
    expect(state).toMatchObject({ state: 'subscribing', position: at(7) })
    expect(actions).toEqual([{ type: 'deliver', publications: [publication(6), publication(7)] }])
  })

  it('[DLV1] starts over from the last publication in order when a chunk has a hole', () => {
    const { state, actions } = step(subscribing(), { type: 'recovered', publications: [publication(6), publication(8)] })
    expect(state).toMatchObject({ state: 'leaving', returning: true, position: at(6) })
    expect(actions[0]).toEqual({ type: 'deliver', publications: [publication(6)] })
    expect(kinds(actions)).toEqual(['deliver', 'report', 'unsubscribe'])
  })

  it('[DLV1] starts over when the server says recovered and less has come', () => {
    const reply = { kind: 'recovered' as const, count: 2, position: at(7), retained: [] }
    expect(step(subscribing(), { type: 'acked', attempt: 3, reply }).state).toMatchObject({ state: 'leaving', position: at(5) })
    expect(step(subscribing(at(7)), { type: 'acked', attempt: 3, reply }).state).toEqual({ state: 'live', position: at(7), failures: 0 })
  })

  it('tells a gap before anything else', () => {
    const reply = { kind: 'gap' as const, why: 'expired' as const, position: at(90), retained: [] }
    const { state, actions } = step(subscribing(), { type: 'acked', attempt: 3, reply })
    expect(state).toMatchObject({ state: 'live', position: at(90) })
    expect(actions[0]).toEqual({ type: 'gap', why: 'expired', position: at(90) })
  })

  it('[CHN4] does not take the answer to an earlier attempt for that of this one', () => {
    const reply = { kind: 'live' as const, position: at(1), retained: [] }
    expect(step(subscribing(), { type: 'acked', attempt: 2, reply }).state).toEqual(subscribing())
    expect(step(subscribing(), { type: 'failed', attempt: 2, error: denied }).state).toEqual(subscribing())
  })

  it('ignores what belongs to the subscription before', () => {
    expect(step(subscribing(), { type: 'published', publication: publication(6) })).toEqual({ state: subscribing(), actions: [] })
    const leaving: ChannelState = { state: 'leaving', position: at(5), returning: true, waitMs: 0, failures: 0 }
    for (const event of [
      { type: 'published', publication: publication(6) },
      { type: 'recovered', publications: [publication(6)] },
      { type: 'acked', attempt: 3, reply: { kind: 'live', position: at(8), retained: [] } },
    ] as const)
      expect(step(leaving, event)).toEqual({ state: leaving, actions: [] })
    expect(step(leaving, { type: 'left' })).toMatchObject({ state: { state: 'subscribing', position: at(5) } })
  })
})

describe('following', () => {
  it('[DLV1] delivers the next, drops what is known, and starts over on a hole or another epoch', () => {
    expect(step(live, { type: 'published', publication: publication(6) })).toEqual({
      state: { state: 'live', position: at(6), failures: 0 },
      actions: [{ type: 'deliver', publications: [publication(6)] }],
    })
    expect(step(live, { type: 'published', publication: publication(5) })).toEqual({ state: live, actions: [] })
    for (const beyond of [publication(7), publication(6, 'e2')])
      expect(step(live, { type: 'published', publication: beyond }).state).toMatchObject({
        state: 'leaving',
        returning: true,
        position: at(5),
      })
  })

  it('lets publications without a position pass', () => {
    expect(step(live, { type: 'published', publication: volatile }).actions).toEqual([{ type: 'deliver', publications: [volatile] }])
  })

  it('waits longer each time that the stream breaks without moving', () => {
    const waits: number[] = []
    let state: ChannelState = live
    for (let round = 0; round < 3; round++) {
      state = step(state, { type: 'published', publication: publication(9) }).state
      waits.push(state.state === 'leaving' ? state.waitMs : -1)
      state = step(state, { type: 'left' }).state
      if (state.state === 'backing-off') state = step(state, { type: 'due' }, 20 + round).state
      const attempt: number = state.state === 'subscribing' ? state.attempt : -1
      state = step(state, { type: 'acked', attempt, reply: { kind: 'recovered', count: 0, position: at(5), retained: [] } }).state
    }
    expect(waits).toEqual([0, 1_000, 1_000])
    expect(step(state, { type: 'published', publication: publication(6) }).state).toMatchObject({ failures: 0 })
  })
})

describe('refusals', () => {
  it('backs off where a retry can help, as long as the server says', () => {
    const { state, actions } = step(subscribing(), { type: 'failed', attempt: 3, error: busy, retryAfterMs: 7_000 })
    expect(state).toEqual({ state: 'backing-off', position: at(5), failures: 1 })
    expect(actions).toEqual([{ type: 'wait', ms: 7_000 }])
    expect(step(state, { type: 'due' }).actions).toEqual([{ type: 'subscribe', attempt: 9, position: at(5) }])
  })

  it('gives up where it cannot, until the next connection', () => {
    for (const { state } of [
      step(subscribing(), { type: 'failed', attempt: 3, error: denied }),
      step(live, { type: 'unsubscribed', error: denied }),
    ]) {
      expect(state).toEqual({ state: 'refused', position: at(5), error: denied })
      const away = step(state, { type: 'disconnected' }).state
      expect(step(away, { type: 'connected', start: null }).actions).toEqual([{ type: 'subscribe', attempt: 9, position: at(5) }])
    }
  })

  it('takes a subscription back that the server did not answer in time', () => {
    const timeout = { code: 'timeout', message: '', retry: true }
    const { state, actions } = step(subscribing(), { type: 'failed', attempt: 3, error: timeout })
    expect(state).toMatchObject({ state: 'leaving', returning: true })
    expect(kinds(actions)).toEqual(['unsubscribe'])
  })

  it('tells the server again when it had no time for the goodbye', () => {
    const { state } = step(live, { type: 'released' })
    const again = step(state, { type: 'not-left', retryAfterMs: 2_000 })
    expect(again.actions).toEqual([{ type: 'wait', ms: 2_000 }])
    expect(step(again.state, { type: 'due' }).actions).toEqual([{ type: 'unsubscribe' }])
  })
})

describe('coming and going', () => {
  it('starts from what is known, or from where the channel was assigned', () => {
    const wanted = step({ state: 'idle' }, { type: 'wanted', connected: false, start: at(2) }).state
    expect(step(wanted, { type: 'connected', start: at(50) }).actions).toEqual([{ type: 'subscribe', attempt: 9, position: at(2) }])
    const unknown = step({ state: 'idle' }, { type: 'wanted', connected: false, start: null }).state
    expect(step(unknown, { type: 'connected', start: at(50) }).actions).toEqual([{ type: 'subscribe', attempt: 9, position: at(50) }])
  })

  it('forgets the position of another user', () => {
    const away = step(live, { type: 'disconnected' }).state
    const other = step(away, { type: 'user-changed' }).state
    expect(step(other, { type: 'connected', start: null }).actions).toEqual([{ type: 'subscribe', attempt: 9, position: null }])
  })

  it('[CHN4] ends unsubscribed when it is released before the answer', () => {
    const { state, actions } = step(subscribing(), { type: 'released' })
    expect(kinds(actions)).toEqual(['unsubscribe'])
    const answered = step(state, { type: 'acked', attempt: 3, reply: { kind: 'live', position: at(5), retained: [] } }).state
    expect(step(answered, { type: 'left' }).state).toEqual({ state: 'idle' })
  })

  it('comes back, from then on, when it is wanted again while it leaves', () => {
    const leaving = step(live, { type: 'released' }).state
    const wanted = step(leaving, { type: 'wanted', connected: true, start: null }).state
    expect(step(wanted, { type: 'left' }).actions).toEqual([{ type: 'subscribe', attempt: 9, position: null }])
  })
})
