import { eventually, pause, testContract, within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { asha, listen, openYard, publish, type Yard } from './yard.ts'

const mill = testContract.channels.mill({ millId: '7' })
/** Publishes, and lets those who read do so: a burst within one turn of the event loop finds nobody reading. */
async function publishSlowly(count: number, send: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < count; n++) {
    await send(n)
    await pause(0)
  }
}

/** Together more than what kernels hold for a connection on one machine. */
const filler = 'x'.repeat(100_000)
const fillers = 150

async function metric(yard: Yard, name: string): Promise<number> {
  const lines = (await yard.server.rt.metrics()).split('\n').filter((line) => line.startsWith(name))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

describe('a reader that stalls', () => {
  it('[BP1] misses volatile publications and stays connected', async () => {
    await using yard = await openYard()
    const session = await yard.raw(asha, { stock: true })
    session.socket.pauseReading()
    for (let n = 0; n < fillers; n++) await yard.server.rt.publish(mill, 'scale:moved', { kg: n, pad: filler })
    session.socket.resumeReading()
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    const heard = session.events.all.filter(({ event }) => event === 'scale:moved')
    expect(heard.length).toBeLessThan(fillers)
    const kgs = heard.map(({ args: [data] }) => (data as { kg: number }).kg)
    expect(kgs).toEqual(kgs.toSorted((a, b) => a - b))
    expect(session.socket.isOpen).toBe(true)
  })

  it('[BP1] gets the newest of each retained value, not those in between', async () => {
    await using yard = await openYard()
    const session = await yard.raw(asha, { stock: true })
    session.socket.pauseReading()
    for (let n = 0; n < fillers; n++) await yard.server.rt.publish(mill, 'dashboard:stats', { key: `k${n % 2}`, value: `${n} ${filler}` })
    session.socket.resumeReading()
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    const values = session.events.all
      .filter(({ event }) => event === 'dashboard:stats')
      .map(({ args: [data] }) => data as { key: string; value: string })
    expect(values.length).toBeLessThan(fillers)
    const newest = new Map(values.map(({ key, value }) => [key, Number(value.split(' ')[0])]))
    expect(newest).toEqual(
      new Map([
        ['k0', fillers - 2],
        ['k1', fillers - 1],
      ]),
    )
    expect(session.socket.isOpen).toBe(true)
  })

  it('[BP1] is disconnected when durable ones pile up, and recovers all of them', async () => {
    await using yard = await openYard()
    const proxy = await yard.proxy()
    const listener = await listen(yard.join(asha, { through: proxy }), '7')
    const other = await listen(yard.join(asha), '7')
    proxy.applyToAll({ kind: 'stall' })
    const ids = Array.from({ length: fillers }, (_, n) => `p${n}`)
    await publishSlowly(ids.length, (n) => yard.server.rt.publish(mill, 'purchase:created', { id: ids[n] ?? '', kg: 1, note: filler }))
    await other.hears(ids.at(-1) ?? '')
    await eventually('the slow consumer is let go', () => JSON.stringify(yard.server.log.lines).includes('slow_consumer'))
    proxy.applyToAll({ kind: 'none' })
    await yard.pass('all of them', () => listener.ids.length >= ids.length)
    expect(listener.ids).toEqual(ids)
    expect(listener.gaps.all).toEqual([])
    expect(other.ids).toEqual(ids)
  })

  it('[BP1] costs the server no more than its bound', async () => {
    await using yard = await openYard({ limits: { outboundMaxBytes: 300_000 } })
    const session = await yard.raw(asha, { stock: true })
    session.socket.pauseReading()
    let most = 0
    for (let n = 0; n < fillers; n++) {
      await yard.server.rt.publish(mill, 'scale:moved', { kg: n, pad: filler })
      most = Math.max(most, await metric(yard, 'millrace_outbound_queue_bytes'))
    }
    expect(await metric(yard, 'millrace_dropped_frames_total')).toBeGreaterThan(0)
    expect(most).toBeGreaterThan(100_000)
    expect(most).toBeLessThanOrEqual(300_000)
  })
})

describe('a sender that floods', () => {
  it('[BP3] is answered `rate_limited` with retryAfterMs, and served again after it', async () => {
    await using yard = await openYard({ limits: { messagesPerConnection: { perSecond: 10, burst: 20 } } })
    const session = await yard.raw(asha)
    const replies = (await Promise.all(Array.from({ length: 40 }, () => session.ask('echo', { text: 'x' })))) as {
      ok: boolean
      error?: { code: string; details?: { retryAfterMs?: number } }
    }[]
    expect(replies.filter(({ ok }) => ok)).toHaveLength(20)
    const refused = replies.flatMap(({ error }) => error ?? [])
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['rate_limited']))
    const waits = refused.map(({ details }) => details?.retryAfterMs ?? 0)
    for (const wait of waits) expect(wait).toBeGreaterThan(0)
    await yard.clock.advance(Math.min(...waits))
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
  })

  it('[BP3] is disconnected when it goes on, and may come back', async () => {
    await using yard = await openYard({ limits: { messagesPerConnection: { perSecond: 1, burst: 1 }, abuseAfter: 50 } })
    const session = await yard.raw(asha)
    const bystander = await listen(yard.join({ ...asha, userId: 'ravi' }), '7')
    for (let count = 0; count < 200; count++) session.tell('echo', { text: 'x' })
    await within(2_000, 'the end', session.socket.closed)
    expect(session.events.all.find(({ event }) => event === 'mr:disconnect')?.args).toMatchObject([{ code: 'rate_abuse', retry: true }])
    await publish(yard, '7', 'calm-', 1)
    await bystander.hears('calm-1')
  })

  it('[BP4] is disconnected for a message over the limit, and nobody notices', async () => {
    await using yard = await openYard({ limits: { inboundMaxBytes: 10_000 } })
    const session = await yard.raw(asha)
    const bystander = await listen(yard.join({ ...asha, userId: 'ravi' }), '7')
    session.tell('echo', { text: 'x'.repeat(20_000) })
    await within(2_000, 'the end', session.socket.closed)
    await publish(yard, '7', 'calm-', 1)
    await bystander.hears('calm-1')
    expect(bystander.loads.all).toHaveLength(1)
  })

  it('[LOG7] has a payload over the limit refused before it is stored', async () => {
    await using yard = await openYard({ limits: { payloadMaxBytes: 1_000 } })
    const session = await yard.raw(asha)
    const reply = await session.ask('buy', { millId: '7', purchase: { id: 'big', kg: 1, note: 'x'.repeat(2_000) } })
    expect(reply).toMatchObject({ ok: false, error: { code: 'payload_too_large' } })
    expect(await session.ask('buy', { millId: '7', purchase: { id: 'small', kg: 1 } })).toEqual({ ok: true, data: { offset: 1 } })
  })
})
