import type { MintClaims } from '@millrace/server/testing'
import { type RawSession, testContract, within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { asha, listen, openYard, ravi, type Yard } from './yard.ts'

const neighbour: MintClaims = { ...asha, tenant: 'globex' }

interface Answer {
  readonly ok: boolean
  readonly error?: { readonly code: string; readonly retry: boolean; readonly details?: object }
}

const buy = (session: RawSession, id: string): Promise<Answer> =>
  // Holds: this is how the server answers.
  session.ask('buy', { millId: '7', purchase: { id, kg: 1 } }) as Promise<Answer>

async function metric(yard: Yard, sample: string): Promise<number> {
  const line = (await yard.server.rt.metrics()).split('\n').find((each) => each.startsWith(`${sample} `))
  return Number(line?.split(' ').at(-1) ?? 0)
}

describe('a tenant over its quota of publications', () => {
  it('[TEN3] is refused what is over it, and leaves its neighbour’s in order and complete', async () => {
    await using yard = await openYard({ quotas: { publications: { perSecond: 10, burst: 20 } } })
    const [own, others] = [await listen(yard.join(asha), '7'), await listen(yard.join(neighbour), '7')]
    const noisy = await Promise.all(Array.from({ length: 10 }, () => yard.raw(asha)))
    const quiet = await yard.raw(neighbour)

    // Twenty times the quota, while the neighbour keeps to its own.
    const asked = noisy.flatMap((session, from) => Array.from({ length: 40 }, (_, n) => buy(session, `${from}-${n}`)))
    const kept: Answer[] = []
    for (let n = 1; n <= 20; n++) kept.push(await within(5_000, `neighbour ${n}`, buy(quiet, `q${n}`)))
    const answers = await Promise.all(asked)

    expect(kept.every(({ ok }) => ok)).toBe(true)
    await others.hears('q20')
    expect(others.ids).toEqual(Array.from({ length: 20 }, (_, n) => `q${n + 1}`))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(20)
    const refused = answers.flatMap(({ error }) => error ?? [])
    expect(refused).toHaveLength(380)
    for (const error of refused)
      expect(error).toMatchObject({ code: 'rate_limited', retry: true, details: { quota: 'publications', retryAfterMs: 100 } })
    await expect.poll(() => own.ids.length).toBe(20)
    expect(own.heard.all.map(({ position }) => position?.offset)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
    expect(await metric(yard, 'millrace_quota_refusals_total{quota="publications"}')).toBe(380)

    await yard.clock.advance(100)
    expect(await buy(noisy[0] as RawSession, 'later')).toMatchObject({ ok: true })
  })

  it('[TEN3] pays for all who hear it, where bytes are limited', async () => {
    await using yard = await openYard({ quotas: { bytes: { perSecond: 100, burst: 100 } } })
    const listeners = [await listen(yard.join(asha), '7'), await listen(yard.join(ravi), '7')]
    const { rt } = yard.server
    const mill = testContract.channels.mill({ millId: '7' })
    // Each has 18 bytes, for each of two: the third one costs more than the 28 that are left.
    const ids = ['p1', 'p2', 'p3']
    for (const id of ids) await rt.publish(mill, 'purchase:created', { id, kg: 1 })
    const refused = rt.publish(mill, 'purchase:created', { id: 'p4', kg: 1 })
    await expect(refused).rejects.toMatchObject({ code: 'rate_limited', details: { quota: 'bytes', retryAfterMs: 90 } })
    await rt.publish(mill, 'purchase:created', { id: 'of another', kg: 1 }, { tenant: 'globex' })
    await yard.clock.advance(90)
    await rt.publish(mill, 'purchase:created', { id: 'p5', kg: 1 })
    for (const listener of listeners) {
      await listener.hears('p5')
      expect(listener.ids).toEqual([...ids, 'p5'])
    }
  })

  it('[TEN3] has a notification refused before it is stored', async () => {
    await using yard = await openYard({ quotas: { publications: { perSecond: 1, burst: 1 } } })
    const { rt } = yard.server
    const notify = (message: string) => rt.notify({ user: 'asha' }, { type: 'info', title: 'Title', message })
    await notify('first')
    await expect(notify('second')).rejects.toMatchObject({ code: 'rate_limited', details: { quota: 'publications' } })
    expect(await rt.inbox.list('asha')).toMatchObject({ unread: 1, notifications: [{ message: 'first' }] })
  })
})

describe('typing over the quota of publications', () => {
  it('[TEN3] is not told, and fails nobody: neither when it begins nor when it ends by itself', async () => {
    await using yard = await openYard({ quotas: { publications: { perSecond: 0.001, burst: 1 } } })
    const [typist, other] = [await yard.raw(asha), await yard.raw(ravi, { stock: true })]
    await typist.ask('mr:subscribe', { channel: 'mill:7' })
    const type = () => typist.ask('mr:typing', { channel: 'mill:7', active: true })
    expect(await type()).toMatchObject({ ok: true })
    await other.events.find(({ event }) => event === 'activity:typing')
    await yard.clock.advance(60_000)
    expect(await type()).toMatchObject({ ok: true })
    expect(await typist.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    expect(other.events.all.map(({ event }) => event)).not.toContain('activity:stop-typing')
    expect(yard.server.log.lines.filter(({ level }) => level === 'error')).toEqual([])
  })
})

describe('a tenant over its quota of connections', () => {
  it('[TEN3] is refused with a retry, and let in when one has ended; its neighbour notices nothing', async () => {
    await using yard = await openYard({ quotas: { connections: 2 } })
    const [first] = [await yard.raw(asha, { stock: true }), await yard.raw(asha)]
    const { refusal } = await yard.raw(asha)
    expect(refusal?.data).toMatchObject({ code: 'quota_exceeded', retry: true, details: { quota: 'connections', limit: 2 } })
    const waiting = yard.join(ravi)
    await yard.pass('the refusals', () => JSON.stringify(yard.server.log.lines).split('quota_exceeded').length > 3)
    expect(waiting.client.connection.getSnapshot().state).not.toBe('refused')
    await yard.join(neighbour).live()
    first?.socket.destroy()
    await yard.pass('a place', () => waiting.client.connection.getSnapshot().state === 'live')
    expect(await metric(yard, 'millrace_refusals_total{code="quota_exceeded"}')).toBeGreaterThan(1)
    expect(await metric(yard, 'millrace_connections{kind="sdk",namespace="/"}')).toBe(3)
  })
})

describe('a tenant over its quota of subscriptions', () => {
  it('[TEN3] is told whose quota it is; the SDK tries again, and gets the place of one that has ended', async () => {
    // Three of them are assigned: a person's own channel and mill, and the mill that is heard.
    await using yard = await openYard({ quotas: { subscriptions: 3 } })
    const session = await yard.raw(asha)
    const subscribe = (name: string) => session.ask('mr:subscribe', { channel: `short:${name}` })
    expect(await subscribe('a')).toMatchObject({ ok: true })
    expect(await subscribe('b')).toEqual({
      ok: false,
      error: {
        code: 'quota_exceeded',
        message: 'the tenant has 3 subscriptions, which is its quota',
        retry: true,
        details: { quota: 'subscriptions', limit: 3 },
      },
    })
    const other = await yard.raw(neighbour)
    expect(await other.ask('mr:subscribe', { channel: 'short:b' })).toMatchObject({ ok: true })
    expect(await session.ask('mr:unsubscribe', { channel: 'short:a' })).toMatchObject({ ok: true })
    expect(await subscribe('b')).toMatchObject({ ok: true })

    const member = yard.join({ ...asha, claims: { mills: [] } })
    const channel = member.client.channel(testContract.channels.short({ name: 'c' }))
    channel.subscribe()
    await yard.pass(
      'the refusal',
      () => channel.status.getSnapshot().state !== 'live' && member.client.connection.getSnapshot().state === 'live',
    )
    session.socket.destroy()
    await yard.pass('the place', () => channel.status.getSnapshot().state === 'live')
  })
})
