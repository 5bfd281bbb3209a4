import type { MillraceClient } from '@millrace/client'
import { recorder, type TestContract, testContract, within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { asha, type Member, openYard, ravi } from './yard.ts'

const mill = testContract.channels.mill({ millId: '7' })

function watch({ client }: Member) {
  const observer = client.presence(mill)
  const stop = observer.subscribe(() => {})
  return {
    join: (status: string) => observer.join({ status }),
    who: () =>
      observer
        .getSnapshot()
        .members.map(({ userId, connections, state }) => `${userId} ${connections} ${(state as { status: string }).status}`)
        .toSorted(),
    stop,
  }
}

function typists(client: MillraceClient<TestContract>) {
  const observer = client.typing(mill)
  observer.subscribe(() => {})
  return { observer, who: () => observer.getSnapshot().typists.map(({ id }) => id) }
}

describe('presence', () => {
  it('[PRE1] shows people, not sockets, to each subscriber: who is here, then each change', async () => {
    await using yard = await openYard()
    const onlooker = watch(yard.join({ userId: 'nila', claims: { mills: ['7'] } }))
    const tab = yard.join(asha)
    const first = watch(tab)
    first.join('buying')
    await yard.pass('Asha', () => onlooker.who().join() === 'asha 1 buying')
    const secondTab = yard.join(asha)
    watch(secondTab).join('selling')
    await yard.pass('her second tab', () => onlooker.who().join() === 'asha 2 selling')
    const other = watch(yard.join(ravi))
    other.join('weighing')
    await yard.pass('Ravi', () => onlooker.who().join() === 'asha 2 selling,ravi 1 weighing')
    expect(other.who()).toEqual(onlooker.who())
    secondTab.client.close()
    await yard.pass('one tab less', () => onlooker.who().join() === 'asha 1 buying,ravi 1 weighing')
    tab.client.close()
    await yard.pass('Asha has left', () => onlooker.who().join() === 'ravi 1 weighing')
  })

  it('[PRE1] updates a state, and leaves when told to', async () => {
    await using yard = await openYard()
    const onlooker = watch(yard.join(ravi))
    const own = watch(yard.join(asha)).join('buying')
    await yard.pass('Asha', () => onlooker.who().join() === 'asha 1 buying')
    own.update({ status: 'at lunch' })
    await yard.pass('the update', () => onlooker.who().join() === 'asha 1 at lunch')
    own.leave()
    await yard.pass('she left', () => onlooker.who().length === 0)
  })

  it('[PRE1] brings the truth after a break, and refuses a state that is not of the contract', async () => {
    await using yard = await openYard()
    const proxy = await yard.proxy()
    const onlooker = watch(yard.join(ravi, { through: proxy }))
    const member = yard.join(asha)
    watch(member).join('buying')
    await yard.pass('Asha', () => onlooker.who().length === 1)
    proxy.door = 'refuse'
    proxy.applyToAll({ kind: 'reset' })
    member.client.close()
    watch(yard.join({ userId: 'nila', claims: { mills: ['7'] } })).join('new')
    proxy.door = 'open'
    await yard.pass('the truth', () => onlooker.who().join() === 'nila 1 new')
    const session = await yard.raw(asha)
    const reply = await session.ask('mr:subscribe', { channel: mill.name, presence: { state: { status: 7 } } })
    expect(reply).toMatchObject({ ok: false, error: { code: 'invalid_payload' } })
  })

  it('[PRE3] tells once that a person came, and once that they left after a grace that a reload fits into', async () => {
    const told = recorder<string>()
    await using yard = await openYard({
      onUserOnline: ({ userId }) => told.push(`${userId} online`),
      onUserOffline: ({ userId }) => told.push(`${userId} offline`),
    })
    const first = yard.join(asha)
    await first.live()
    const second = yard.join(asha)
    await second.live()
    first.client.close()
    second.client.close()
    await yard.pass('both are gone', () => yard.server.rt.presence.online().every(({ connections }) => connections === 0), { stepMs: 10 })
    await yard.clock.advance(5_000)
    const third = yard.join(asha)
    await third.live()
    await yard.clock.advance(60_000)
    expect(told.all).toEqual(['asha online'])
    third.client.close()
    await yard.pass('she is gone', () => told.all.length === 2)
    expect(told.all).toEqual(['asha online', 'asha offline'])
  })
})

describe('typing', () => {
  it('[PRE4] ends by itself when the signals stop', async () => {
    await using yard = await openYard()
    const [writer, reader] = [yard.join(asha), yard.join(ravi)]
    const seen = typists(reader.client)
    const own = typists(writer.client)
    await yard.pass('both subscriptions', () =>
      [writer, reader].every(({ client }) => client.channel(mill).status.getSnapshot().state === 'live'),
    )
    own.observer.start()
    await yard.pass('Asha types', () => seen.who().join() === 'asha', { stepMs: 10 })
    await yard.pass('she stopped', () => seen.who().length === 0, { maxMs: 15_000 })
    expect(own.who()).toEqual([])
  })

  it('[PRE4] ends when the person leaves without a word, and when they publish', async () => {
    await using yard = await openYard()
    const proxy = await yard.proxy()
    const reader = yard.join(ravi)
    const seen = typists(reader.client)
    const writer = yard.join(asha, { through: proxy })
    const own = typists(writer.client)
    const ready = () => [writer, reader].every(({ client }) => client.channel(mill).status.getSnapshot().state === 'live')
    await yard.pass('both subscriptions', ready)
    own.observer.start()
    await yard.pass('Asha types', () => seen.who().join() === 'asha', { stepMs: 10 })
    await writer.client.request('buy', { millId: '7', purchase: { id: 'p', kg: 1 } })
    await yard.pass('she has published', () => seen.who().length === 0, { stepMs: 10, maxMs: 1_000 })
    own.observer.stop()
    own.observer.start()
    await yard.pass('she types again', () => seen.who().join() === 'asha', { stepMs: 10 })
    proxy.door = 'refuse'
    proxy.applyToAll({ kind: 'reset' })
    await yard.pass('she is gone', () => seen.who().length === 0, { stepMs: 10, maxMs: 1_000 })
  })

  it('[PRE4] [TEN1] says who types by the token, whatever the client says', async () => {
    await using yard = await openYard()
    const session = await yard.raw(asha)
    const stock = await yard.raw(ravi, { stock: true })
    await session.ask('mr:subscribe', { channel: mill.name })
    await session.ask('mr:typing', { channel: mill.name, active: true, detail: { user: { id: 'ravi', name: 'Ravi' }, field: 'weight' } })
    const typing = await within(
      2_000,
      'the signal',
      stock.events.find(({ event }) => event === 'activity:typing'),
    )
    expect(typing.args).toMatchObject([{ user: { id: 'asha', name: 'Asha' } }])
  })
})
