import { recorder, testContract, within } from '@millrace-tests/support'
import { behaviour } from '@millrace-tests/support/server'
import { describe, expect, it } from 'vitest'
import { asha, listen, openYard, publish, ravi } from './yard.ts'

const mill = testContract.channels.mill({ millId: '7' })
const closed = testContract.channels.closed()

describe('channels', () => {
  it('[CHN1] admits nobody without a policy, and to no name outside the contract', async () => {
    await using yard = await openYard()
    const session = await yard.raw(asha)
    const ask = async (channel: unknown) => ((await session.ask('mr:subscribe', { channel })) as { error?: { code: string } }).error?.code
    expect(await ask('closed')).toBe('denied')
    expect(await ask('mill:8')).toBe('denied')
    expect(await ask('user:ravi')).toBe('denied')
    expect(await ask('nowhere')).toBe('unknown_channel')
    expect(await ask('')).toBe('invalid_payload')
    expect(await ask(['mill:7'])).toBe('invalid_payload')
    const member = yard.join(asha)
    const { status } = member.client.channel(closed)
    member.client.channel(closed).on('note', () => {})
    await yard.pass('the refusal', () => status.getSnapshot().state === 'refused')
    expect(status.getSnapshot()).toMatchObject({ error: { code: 'denied' } })
    await yard.server.rt.publish(closed, 'note', { text: 'secret' })
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    expect(session.events.all.map(({ event }) => event)).not.toContain('mr:pub')
  })

  it('[CHN2] waits for an asynchronous policy, and fails closed when it throws or hangs', async () => {
    const hangs = new Promise<boolean>(() => {})
    await using yard = await openYard({
      assign: () => [],
      policy: {
        short: ({ params: { name } }) => {
          if (name === 'slow') return Promise.resolve(true)
          if (name === 'throws') throw new Error('no database')
          return hangs
        },
      },
    })
    const session = await yard.raw(asha)
    expect(await session.ask('mr:subscribe', { channel: 'short:slow' })).toMatchObject({ ok: true })
    expect(await session.ask('mr:subscribe', { channel: 'short:throws' })).toMatchObject({
      ok: false,
      error: { code: 'policy_unavailable', retry: true },
    })
    let reply: unknown
    void session.ask('mr:subscribe', { channel: 'short:hangs' }).then((answer) => {
      reply = answer
    })
    await yard.pass('the time limit', () => reply !== undefined, { maxMs: 6_000 })
    expect(reply).toMatchObject({ ok: false, error: { code: 'policy_unavailable' } })
  })

  it('[CHN3] has assigned subscriptions in place before `connected`', async () => {
    await using yard = await openYard({
      onConnect(connection) {
        connection.send('connected', { userId: connection.identity.userId, message: 'welcome' })
        // At once after it: nobody may miss this.
        void yard.server.rt.publish(mill, 'purchase:created', { id: 'right-after', kg: 1 })
      },
    })
    const stock = await yard.raw(asha, { stock: true })
    await within(2_000, 'the publication', stock.events.count(2))
    expect(stock.events.all.map(({ event }) => event)).toEqual(['connected', 'purchase:created'])
    const listener = await listen(yard.join(ravi), '7')
    await listener.hears('right-after')
  })

  it('[CHN4] ends unsubscribed when the listener leaves while the policy is deciding', async () => {
    let decide = (_: boolean) => {}
    const asked = recorder<string>()
    await using yard = await openYard({
      assign: () => [],
      policy: {
        mill: ({ identity }) => {
          asked.push(identity.userId)
          return new Promise((resolve) => {
            decide = resolve
          })
        },
      },
    })
    const session = await yard.raw(asha)
    const reply = session.ask('mr:subscribe', { channel: mill.name })
    await within(2_000, 'the question', asked.count(1))
    expect(await session.ask('mr:unsubscribe', { channel: mill.name })).toMatchObject({ ok: true })
    decide(true)
    expect(await reply).toMatchObject({ ok: false, error: { code: 'not_subscribed' } })
    await publish(yard, '7', 'unheard-', 1)
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    expect(session.events.all.map(({ event }) => event)).not.toContain('mr:pub')
  })

  it('[CHN5] takes a second subscription as the same one, and answers past the limit with an error', async () => {
    await using yard = await openYard({ limits: { subscriptionsPerConnection: 5 } })
    const session = await yard.raw(asha)
    for (const _ of [1, 2, 3]) expect(await session.ask('mr:subscribe', { channel: 'mill:7' })).toMatchObject({ ok: true })
    await publish(yard, '7', 'once-', 1)
    const codes: (string | undefined)[] = []
    for (let index = 0; index < 5; index++) {
      const reply = (await session.ask('mr:subscribe', { channel: `short:${index}` })) as { error?: { code: string } }
      codes.push(reply.error?.code)
    }
    // Two places are taken by the assigned channels.
    expect(codes).toEqual([undefined, undefined, undefined, 'too_many_subscriptions', 'too_many_subscriptions'])
    expect(session.events.all.filter(({ event }) => event === 'mr:pub')).toHaveLength(1)
  })

  it('[CHN5] subscribes at once to as many channels as it may have, while handlers hang and the policy takes its time', async () => {
    const hangs = new Promise<never>(() => {})
    let decide: (answer: boolean) => void = () => {}
    const decided = new Promise<boolean>((resolve) => {
      decide = resolve
    })
    await using yard = await openYard({
      assign: () => [],
      policy: { short: () => decided },
      handlers: { ...behaviour.handlers, echo: () => hangs },
    })
    const session = await yard.raw(asha)
    for (let count = 0; count < 100; count++) session.tell('echo', { text: 'x' })
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: false, error: { code: 'rate_limited', retry: true } })
    const subscribing = Array.from({ length: 201 }, (_, index) => session.ask('mr:subscribe', { channel: `short:${index}` }))
    expect(await subscribing[200]).toMatchObject({ ok: false, error: { code: 'too_many_subscriptions' } })
    decide(true)
    const replies = (await Promise.all(subscribing.slice(0, 200))) as { readonly ok: boolean }[]
    expect(replies.every(({ ok }) => ok)).toBe(true)
  })

  it('[CHN6] lets no parameter reach another channel', async () => {
    await using yard = await openYard()
    const victim = testContract.channels.short({ name: 'a' })
    const session = await yard.raw(asha)
    for (const name of ['a:b', 'a/b', '%0061', '../short:a', 'a\u0000', '*', '{name}', 'a\u2028']) {
      const ref = testContract.channels.short({ name })
      expect(ref.name).not.toBe(victim.name)
      expect(await session.ask('mr:subscribe', { channel: ref.name })).toMatchObject({ ok: true })
      await yard.server.rt.publish(ref, 'tick', { n: 1 })
    }
    await yard.server.rt.publish(victim, 'tick', { n: 666 })
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    const heard = session.events.all
      .filter(({ event }) => event === 'mr:pub')
      .map(({ args: [message] }) => (message as { d: { n: number } }).d.n)
    expect(heard).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
  })

  it('[TEN2] keeps channels of the same name in two tenants apart', async () => {
    await using yard = await openYard()
    const [here, there] = await Promise.all([listen(yard.join(asha), '7'), listen(yard.join({ ...asha, tenant: 'other' }), '7')])
    await yard.server.rt.publish(mill, 'purchase:created', { id: 'theirs', kg: 1 }, { tenant: 'other' })
    await publish(yard, '7', 'ours-', 1)
    await Promise.all([here.hears('ours-1'), there.hears('theirs')])
    expect([here.ids, there.ids]).toEqual([['ours-1'], ['theirs']])
  })
})
