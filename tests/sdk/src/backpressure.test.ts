import { eventually, openRawPeer, pause, type RawSession, rawFrame, testContract, within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { asha, listen, openYard, publish, ravi, type Yard } from './yard.ts'

const mill = testContract.channels.mill({ millId: '7' })
const toAsha = testContract.channels.user({ userId: 'asha' })
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

const queueBytes = 'millrace_outbound_queue_bytes'

/** What a slow reader did not get, so far: `channel delivery verdict` with how often. */
async function verdicts(yard: Yard): Promise<Record<string, number>> {
  const found = (await yard.server.rt.metrics()).matchAll(
    /^millrace_dropped_frames_total{channel="(\w+)",delivery="(\w+)",verdict="(\w+)"} (\d+)$/gm,
  )
  return Object.fromEntries([...found].map(([, channel, delivery, verdict, count]) => [`${channel} ${delivery} ${verdict}`, Number(count)]))
}

/** The scale's readings as they came. */
function readings({ events }: RawSession): number[] {
  // Holds: the contract gives this event a payload with a number.
  return events.all.filter(({ event }) => event === 'scale:moved').map(({ args: [data] }) => (data as { kg: number }).kg)
}

/** Publishes readings of the scale, from `kg` on, until the kernel takes no more for somebody; answers the next one. */
async function fillKernels(yard: Yard, kg = 0): Promise<number> {
  for (let next = kg; next < kg + 1_000; next++) {
    if ((await metric(yard, 'millrace_blocked_connections')) > 0) return next
    await yard.server.rt.publish(mill, 'scale:moved', { kg: next, pad: filler })
  }
  throw new Error('no connection is blocked')
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

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

describe('the verdict at the bound', () => {
  /** A stalled stock reader, whose kernel is full of readings below `next`. */
  async function stalled(yard: Yard): Promise<{ session: RawSession; next: number }> {
    const session = await yard.raw(asha, { stock: true })
    session.socket.pauseReading()
    return { session, next: await fillKernels(yard) }
  }

  it('[BP1] leaves out each volatile event that comes past the high-water mark of its channel, and counts it there', async () => {
    await using yard = await openYard({ backpressure: { mill: { highWaterBytes: 20_000 } } })
    const { session, next } = await stalled(yard)
    const last = next + 100
    for (const kg of range(next, last)) await yard.server.rt.publish(mill, 'scale:moved', { kg, pad: 'x'.repeat(2_000) })
    session.socket.resumeReading()
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    const heard = readings(session)
    // Those that came first, without a hole: 20,000 bytes hold nine of them, and the kernel may have taken a last one.
    expect(heard).toEqual(range(0, heard.length))
    expect(heard.length).toBeGreaterThanOrEqual(next + 8)
    expect(heard.length).toBeLessThanOrEqual(next + 10)
    expect(await verdicts(yard)).toEqual({ 'mill volatile dropped': last - heard.length })
  })

  it('[BP1] leaves out the volatile events that wait longest where the newest matter', async () => {
    await using yard = await openYard({ backpressure: { mill: { highWaterBytes: 20_000, volatile: 'drop-oldest' } } })
    const { session, next } = await stalled(yard)
    const last = next + 100
    for (const kg of range(next, last)) await yard.server.rt.publish(mill, 'scale:moved', { kg, pad: 'x'.repeat(2_000) })
    session.socket.resumeReading()
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    const heard = readings(session)
    expect(heard.slice(0, next)).toEqual(range(0, next))
    const queued = heard.slice(next)
    expect(queued.at(-1)).toBe(last - 1)
    expect(queued).toEqual(queued.toSorted((a, b) => a - b))
    expect(queued.slice(-8)).toEqual(range(last - 8, last))
    expect(await verdicts(yard)).toEqual({ 'mill volatile dropped': last - heard.length })
  })

  it('[BP1] conflates retained values to the newest of each key, and counts each that gave way', async () => {
    await using yard = await openYard()
    const { session, next } = await stalled(yard)
    for (const n of range(0, 300)) await yard.server.rt.publish(mill, 'dashboard:stats', { key: `k${n % 3}`, value: `${n}` })
    expect(await metric(yard, queueBytes)).toBeLessThan(next * 1_000 + 300_000)
    session.socket.resumeReading()
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    const values = session.events.all.filter(({ event }) => event === 'dashboard:stats').map(({ args: [data] }) => data)
    expect(values).toEqual(range(297, 300).map((n) => ({ key: `k${n % 3}`, value: `${n}` })))
    expect(await verdicts(yard)).toEqual({ 'mill retained conflated': 297 })
  })

  it('[BP1] ends the connection for a durable event past the bound of its channel alone, and nothing of it is lost', async () => {
    await using yard = await openYard({ backpressure: { mill: { maxBytes: 50_000 } } })
    const proxy = await yard.proxy()
    const listener = await listen(yard.join(asha, { through: proxy }), '7')
    proxy.applyToAll({ kind: 'stall' })
    await fillKernels(yard)
    // Another channel's lane is its own: these wait beside a full one.
    for (const n of range(0, 5)) await yard.server.rt.publish(toAsha, 'note', { text: `${n} ${'x'.repeat(20_000)}` })
    expect(await verdicts(yard)).toEqual({})
    const ids = range(0, 20).map((n) => `p${n}`)
    for (const id of ids) await yard.server.rt.publish(mill, 'purchase:created', { id, kg: 1, note: 'x'.repeat(5_000) })
    expect(await verdicts(yard)).toMatchObject({ 'mill durable disconnected': 1 })
    await eventually('its end', async () => (await metric(yard, 'millrace_disconnects_total{code="slow_consumer"}')) === 1)
    expect(await metric(yard, queueBytes)).toBe(0)
    proxy.applyToAll({ kind: 'none' })
    await yard.pass('all of them', () => listener.ids.length >= ids.length)
    expect(listener.ids).toEqual(ids)
    expect(listener.gaps.all).toEqual([])
  })
})

describe('two namespaces of one connection', () => {
  it('[BP1] share its bound, end together at it, and leave nothing behind', async () => {
    const bound = 200_000
    await using yard = await openYard({ limits: { outboundMaxBytes: bound } })
    const admin = { ...asha, roles: ['ADMIN'] }
    const auth = { token: await yard.server.mint(admin) }
    for (let visit = 1; visit <= 2; visit++) {
      const main = await yard.raw(admin, { stock: true })
      await main.enter('/admin', auth)
      expect(await metric(yard, 'millrace_connections')).toBe(2)
      main.socket.pauseReading()
      let most = 0
      for (let n = 0; n < fillers && (await metric(yard, 'millrace_connections')) > 0; n++) {
        await yard.server.rt.publish(mill, 'purchase:created', { id: `p${n}`, kg: 1, note: filler })
        most = Math.max(most, await metric(yard, queueBytes))
      }
      await eventually('their end', async () => (await metric(yard, 'millrace_connections')) === 0)
      expect(most).toBeGreaterThan(filler.length)
      expect(most).toBeLessThanOrEqual(bound)
      expect(await metric(yard, queueBytes)).toBe(0)
      expect(await metric(yard, 'millrace_subscriptions')).toBe(0)
      expect(await metric(yard, 'millrace_disconnects_total')).toBe(2 * visit)
      expect(await metric(yard, 'millrace_disconnects_total{code="slow_consumer"}')).toBe(visit)
    }
  })
})

describe('a connection that is being ended', () => {
  it('[BP1] ends at once at the bound: nothing follows a durable event that was left out', async () => {
    const limits = { outboundMaxBytes: 200_000, messagesPerConnection: { perSecond: 1, burst: 1 }, abuseAfter: 5 }
    await using yard = await openYard({ limits })
    const main = await yard.raw(asha, { stock: true })
    const boss = { userId: 'boss', roles: ['ADMIN'] }
    const other = await main.enter('/admin', { token: await yard.server.mint(boss) })
    main.socket.pauseReading()
    await fillKernels(yard)
    // Its goodbye waits for a reader that reads nothing; the other namespace goes on meanwhile.
    for (let count = 0; count < 10; count++) other.tell('echo', { text: 'x' })
    await eventually('the abuse', async () => (await metric(yard, 'millrace_requests_total{code="rate_limited"}')) >= 5)
    expect(await metric(yard, 'millrace_connections')).toBe(2)
    for (let n = 0; n < 5; n++) await yard.server.rt.publish(mill, 'purchase:created', { id: `p${n}`, kg: 1, note: filler })
    await eventually('its end', async () => (await metric(yard, 'millrace_connections')) === 0)
    expect((await verdicts(yard))['mill durable disconnected']).toBe(1)
    expect(await metric(yard, queueBytes)).toBe(0)
  })
})

describe('what counts against the bound', () => {
  const bound = 20_000
  /** A hundred readings in one turn of the event loop: five times the bound. */
  async function burst(yard: Yard): Promise<void> {
    await Promise.all(range(0, 100).map((kg) => yard.server.rt.publish(mill, 'scale:moved', { kg, pad: 'x'.repeat(1_000) })))
  }

  it('[BP1] is what comes within one turn, too', async () => {
    await using yard = await openYard({ limits: { outboundMaxBytes: bound } })
    const session = await yard.raw(asha, { stock: true })
    session.socket.pauseReading()
    let most = 0
    for (let bursts = 0; bursts < 200; bursts++) {
      await burst(yard)
      most = Math.max(most, await metric(yard, queueBytes))
    }
    expect(await verdicts(yard)).toEqual({ 'mill volatile dropped': expect.any(Number) })
    expect(most).toBeGreaterThan(bound - 2_000)
    expect(most).toBeLessThanOrEqual(bound)
  })

  it('[BP1] is what a long-polling client has not fetched, too', async () => {
    await using yard = await openYard({ limits: { outboundMaxBytes: bound } })
    const polling = `${yard.server.url}/socket.io/?EIO=4&transport=polling`
    // Holds: Engine.IO's first packet.
    const { sid } = JSON.parse((await (await fetch(polling)).text()).slice(1)) as { sid: string }
    const post = (body: string) => fetch(`${polling}&sid=${sid}`, { method: 'POST', body })
    expect((await post(`40${JSON.stringify({ token: await yard.server.mint(asha) })}`)).ok).toBe(true)
    await eventually('the connection', async () => (await metric(yard, 'millrace_connections')) === 1)
    await burst(yard)
    const unpolled = await metric(yard, queueBytes)
    expect(unpolled).toBeGreaterThan(bound - 2_000)
    expect(unpolled).toBeLessThanOrEqual(bound)
    await post('1')
    await eventually('its end', async () => (await metric(yard, queueBytes)) === 0)
  })

  it('[BP1] is each pong: a peer that pings and reads nothing gets no more of them', async () => {
    await using yard = await openYard({ limits: { outboundMaxBytes: bound } })
    const peer = await openRawPeer({ at: { port: yard.server.port }, auth: { token: await yard.server.mint(asha) } })
    peer.stopReading()
    await fillKernels(yard)
    const full = await metric(yard, queueBytes)
    await peer.write(...range(0, 100).map(() => rawFrame('p'.repeat(125), 'ping')))
    await eventually('the pings', async () => (await verdicts(yard))['direct volatile dropped'] === 100)
    // What fills a kernel is larger than this bound.
    expect(await metric(yard, queueBytes)).toBe(full)
    expect(peer.isOpen).toBe(true)
    peer.destroy()
    await eventually('its end', async () => (await metric(yard, queueBytes)) === 0)
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

  it.each([
    ['WebSocket pings', rawFrame('p', 'ping')],
    ['pongs', rawFrame('3')],
    ['packets without meaning', rawFrame('6')],
  ])('[BP4] is disconnected for %s that nobody asked for, and not for some of them', async (_, frame) => {
    await using yard = await openYard()
    const session = await yard.raw(asha)
    const bystander = await listen(yard.join(ravi), '7')
    for (let heartbeats = 0; heartbeats < 3; heartbeats++) {
      session.socket.sendBytes(Buffer.concat(range(0, 100).map(() => frame)))
      expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
      await yard.clock.advance(25_000)
    }
    session.socket.sendBytes(Buffer.concat(range(0, 101).map(() => frame)))
    await within(5_000, 'the end', session.socket.closed)
    await publish(yard, '7', 'last-', 1)
    await bystander.hears('last-1')
    expect(bystander.loads.all).toHaveLength(1)
  })

  it('[BP4] [CHN5] is refused what exceeds its subscriptions, one by one, and they end with it', async () => {
    const plenty = { perSecond: 100_000, burst: 100_000 }
    const limits = { messagesPerConnection: plenty, messagesPerUser: plenty, messagesPerTenant: plenty, messagesPerAddress: plenty }
    await using yard = await openYard({ limits })
    const session = await yard.raw(asha)
    const bystander = await listen(yard.join({ ...asha, userId: 'ravi' }), '7')
    const before = await metric(yard, 'millrace_subscriptions')
    const outcomes = new Map<string, number>()
    for (let asked = 0; asked < 10_000; asked += 50) {
      // Holds: this is how a subscription is answered.
      const replies = (await Promise.all(range(asked, asked + 50).map((n) => session.ask('mr:subscribe', { channel: `short:x${n}` })))) as {
        ok: boolean
        error?: { code: string }
      }[]
      for (const { error } of replies) outcomes.set(error?.code ?? 'ok', (outcomes.get(error?.code ?? 'ok') ?? 0) + 1)
    }
    // The server has assigned two of the 200.
    expect(Object.fromEntries(outcomes)).toEqual({ ok: 198, too_many_subscriptions: 9_802 })
    await publish(yard, '7', 'calm-', 1)
    await bystander.hears('calm-1')
    session.socket.destroy()
    await eventually('they end', async () => (await metric(yard, 'millrace_subscriptions')) === before)
  })

  it('[LOG7] has a payload over the limit refused before it is stored', async () => {
    await using yard = await openYard({ limits: { payloadMaxBytes: 1_000 } })
    const session = await yard.raw(asha)
    const reply = await session.ask('buy', { millId: '7', purchase: { id: 'big', kg: 1, note: 'x'.repeat(2_000) } })
    expect(reply).toMatchObject({ ok: false, error: { code: 'payload_too_large' } })
    expect(await session.ask('buy', { millId: '7', purchase: { id: 'small', kg: 1 } })).toEqual({ ok: true, data: { offset: 1 } })
  })
})
