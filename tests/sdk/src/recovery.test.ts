import { memoryStore, type Store } from '@millrace/server'
import { manualClock } from '@millrace/server/testing'
import { pause, type RawEvent, recorder, testContract, within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { asha, listen, openYard, publish, ravi } from './yard.ts'

interface Message {
  readonly o: number
  readonly d: { readonly id: string }
}
interface Chunk {
  readonly publications: readonly Message[]
}

const recoveredOf = (events: readonly RawEvent[]) =>
  // Holds: the wire's messages have these shapes.
  events.flatMap(({ event, args: [chunk] }) => (event === 'mr:recovered' ? (chunk as Chunk).publications : []))

/** A store in memory that lets others work while it reads. */
function storeThatWaits(wait: (offset: number) => Promise<void>): Store {
  const store = memoryStore({ clock: manualClock() })
  return {
    ...store,
    log: {
      ...store.log,
      async read(channel, since, limit) {
        const page = await store.log.read(channel, since, limit)
        await wait(since.offset)
        return page
      },
    },
  }
}

const mill = testContract.channels.mill({ millId: '7' })

describe('recovery', () => {
  it('[DLV1] brings each publication once and in order through drops of the connection', async () => {
    await using yard = await openYard()
    const proxy = await yard.proxy()
    const member = yard.join(asha, { through: proxy })
    const listener = await listen(member, '7')
    const expected: string[] = []
    for (const drop of ['a', 'b', 'c']) {
      expected.push(...(await publish(yard, '7', `${drop}-live-`, 20)))
      proxy.applyToAll({ kind: 'reset' })
      expected.push(...(await publish(yard, '7', `${drop}-away-`, 20)))
      await yard.pass('hearing what was missed', () => listener.ids.length >= expected.length)
    }
    expect(listener.ids).toEqual(expected)
    expect(listener.heard.all.map(({ position }) => position?.offset)).toEqual(expected.map((_, index) => index + 1))
    expect(listener.gaps.all).toEqual([])
    expect(listener.loads.all).toHaveLength(1)
  })

  it('[DLV1] goes on after a restart of the server that kept its store', async () => {
    await using yard = await openYard()
    const member = yard.join(asha)
    const listener = await listen(member, '7')
    const before = await publish(yard, '7', 'before-', 5)
    await yard.restart()
    const away = await publish(yard, '7', 'away-', 5)
    await yard.pass('hearing what was missed', () => listener.ids.length >= 10)
    expect(listener.ids).toEqual([...before, ...away])
    expect(listener.gaps.all).toEqual([])
  })

  it('[REC1] puts live publications after what is being recovered, once', async () => {
    const gate = { open: Promise.resolve(), reads: recorder<number>() }
    await using yard = await openYard({
      store: storeThatWaits(async (offset) => {
        gate.reads.push(offset)
        await gate.open
      }),
    })
    const proxy = await yard.proxy()
    const listener = await listen(yard.join(asha, { through: proxy }), '7')
    proxy.door = 'refuse'
    proxy.applyToAll({ kind: 'reset' })
    const missed = await publish(yard, '7', 'missed-', 1_200)

    let release = () => {}
    gate.open = new Promise((resolve) => {
      release = resolve
    })
    const readsBefore = gate.reads.all.length
    proxy.door = 'open'
    await yard.pass('the recovery begins', () => gate.reads.all.length > readsBefore)
    const live = await publish(yard, '7', 'live-', 50)
    release()
    await listener.hears('live-50')
    expect(listener.ids).toEqual([...missed, ...live])
  })

  it('[REC1] sends the wire each publication once and in order, whatever is published between two reads', async () => {
    let extra = 0
    await using yard = await openYard({
      store: storeThatWaits(async () => {
        if (extra < 8) await publish(yard, '7', `extra-${++extra}-`, 7)
      }),
    })
    await publish(yard, '7', 'missed-', 1_700)
    const session = await yard.raw({ ...asha, claims: { mills: ['7'] } })
    const { epoch } = await yard.server.rt
      .publish(mill, 'purchase:created', { id: 'one-more', kg: 1 })
      .then(({ position }) => position ?? { epoch: '' })
    const answer = await session.ask('mr:subscribe', { channel: mill.name, position: { epoch, offset: 100 } })
    await publish(yard, '7', 'live-', 30)
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    const recovered = recoveredOf(session.events.all)
    const offsets = session.events.all.flatMap(({ event, args: [message] }) =>
      event === 'mr:recovered' ? (message as Chunk).publications.map(({ o }) => o) : event === 'mr:pub' ? [(message as Message).o] : [],
    )
    expect(extra).toBeGreaterThan(3)
    expect(offsets).toEqual(offsets.map((_, index) => 101 + index))
    expect(offsets.at(-1)).toBe(1_700 + extra * 7 + 1 + 30)
    expect(answer).toMatchObject({
      ok: true,
      data: { kind: 'recovered', count: recovered.length, position: { offset: 100 + recovered.length } },
    })
  })

  it('[REC2] recovers ten thousand in chunks, while others are served', async () => {
    await using yard = await openYard()
    const [{ position } = { position: null }] = [await yard.server.rt.publish(mill, 'purchase:created', { id: 'first', kg: 1 })]
    const missed = await publish(yard, '7', 'missed-', 10_000)
    const other = await listen(yard.join(ravi), '7')
    const session = await yard.raw(asha)

    const reply = session.ask('mr:subscribe', { channel: mill.name, position })
    const during = await publish(yard, '7', 'during-', 20)
    await other.hears('during-20')
    const answer = (await reply) as { data: { kind: string; count: number } }
    const chunks = session.events.all
      .filter(({ event }) => event === 'mr:recovered')
      .map(({ args: [chunk] }) => chunk as { publications: { d: { id: string } }[] })
    const recovered = chunks.flatMap(({ publications }) => publications.map(({ d }) => d.id))

    expect(answer.data).toMatchObject({ kind: 'recovered', count: recovered.length })
    expect(recovered.slice(0, 10_000)).toEqual(missed)
    expect(chunks.length).toBeGreaterThan(10)
    for (const chunk of chunks) expect(JSON.stringify(chunk).length).toBeLessThan(70_000)
    const live = session.events.all
      .filter(({ event }) => event === 'mr:pub')
      .map(({ args: [message] }) => (message as { d: { id: string } }).d.id)
    expect([...recovered.slice(10_000), ...live]).toEqual(during)
  })

  it('[REC2] reads the log a handful of times for two hundred who come back together', async () => {
    const reads = recorder<number>()
    await using yard = await openYard({
      store: storeThatWaits(async (offset) => {
        reads.push(offset)
        await pause(1)
      }),
    })
    const missed = await publish(yard, '7', 'missed-', 120)
    const { epoch } = (await yard.server.rt.publish(mill, 'purchase:created', { id: 'last', kg: 1 })).position ?? { epoch: '' }
    const expected = [...missed, 'last']
    const sessions = await Promise.all(Array.from({ length: 200 }, () => yard.raw(asha)))
    const sinceOf = (index: number): number => 100 - (index % 20)
    const answers = await Promise.all(
      sessions.map((session, index) => session.ask('mr:subscribe', { channel: mill.name, position: { epoch, offset: sinceOf(index) } })),
    )
    for (const [index, { events }] of sessions.entries()) {
      expect(answers[index]).toMatchObject({ ok: true, data: { kind: 'recovered', count: 121 - sinceOf(index) } })
      expect(recoveredOf(events.all).map(({ d }) => d.id)).toEqual(expected.slice(sinceOf(index)))
    }
    expect(reads.all.length).toBeLessThanOrEqual(5)
  })

  it('[REC3] replays nothing to somebody who lost the right while away', async () => {
    const allowed = new Set(['asha'])
    await using yard = await openYard({
      assign: () => [],
      policy: { mill: ({ identity }) => allowed.has(identity.userId) },
    })
    const proxy = await yard.proxy()
    const member = yard.join(asha, { through: proxy })
    const listener = await listen(member, '7')
    await publish(yard, '7', 'before-', 1)
    await listener.hears('before-1')
    proxy.applyToAll({ kind: 'reset' })
    allowed.clear()
    await publish(yard, '7', 'secret-', 5)
    const { status } = member.client.channel(mill)
    await yard.pass('the refusal', () => status.getSnapshot().state === 'refused')
    expect(status.getSnapshot()).toMatchObject({ state: 'refused', error: { code: 'denied' } })
    await publish(yard, '7', 'more-', 1)
    expect(listener.ids).toEqual(['before-1'])
  })

  it('[LOG5] [DLV1] tells of an expired position once, and goes on from where the loader is told', async () => {
    await using yard = await openYard()
    const proxy = await yard.proxy()
    const member = yard.join(asha, { through: proxy })
    const ref = testContract.channels.short({ name: 'x' })
    const heard = recorder<number>()
    const gaps = recorder<string>()
    const loads = recorder<{ why: string; offset: number }>()
    const tick = (n: number) => yard.server.rt.publish(ref, 'tick', { n })
    member.client.channel(ref).subscribe({
      on: { tick: ({ n }) => heard.push(n) },
      onGap: ({ why }) => gaps.push(why),
      load: ({ why, position }) => loads.push({ why, offset: position.offset }),
    })
    await loads.count(1)
    await tick(1)
    await within(5_000, 'the first tick', heard.count(1))
    proxy.door = 'refuse'
    proxy.applyToAll({ kind: 'reset' })
    for (let n = 2; n <= 200; n++) await tick(n)
    // Retention cuts once a minute.
    await yard.clock.advance(120_000)
    proxy.door = 'open'
    await yard.pass('the second load', () => loads.all.length === 2)
    await tick(201)
    await within(5_000, 'the next tick', heard.count(2))
    expect(heard.all).toEqual([1, 201])
    expect(gaps.all).toEqual(['expired'])
    expect(loads.all[1]).toEqual({ why: 'expired', offset: 200 })
  })

  it('[LOG6] [DLV1] tells of a lost store once', async () => {
    const clock = manualClock()
    let store = memoryStore({ clock })
    // What the server holds is exchanged under it, as when the file was lost.
    const current: Store = new Proxy(store, { get: (_, key) => Reflect.get(store, key) })
    await using yard = await openYard({ store: current })
    const listener = await listen(yard.join(asha), '7')
    await publish(yard, '7', 'old-', 3)
    await listener.hears('old-3')
    store = memoryStore({ clock })
    await yard.restart()
    await yard.pass('the load after the gap', () => listener.loads.all.length === 2)
    await publish(yard, '7', 'new-', 2)
    await listener.hears('new-2')
    expect(listener.ids).toEqual(['old-1', 'old-2', 'old-3', 'new-1', 'new-2'])
    expect(listener.gaps.all.map(({ why }) => why)).toEqual(['new-epoch'])
  })
})
