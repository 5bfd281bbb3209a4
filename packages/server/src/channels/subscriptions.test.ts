import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ChannelNodeOptions, channelNode, channels, mill, settle } from '../testing/channel-node.ts'

/** A node with one reader. */
function subject(allow: ChannelNodeOptions['allow'] = () => true) {
  const node = channelNode({ allow })
  return { ...node, ...node.reader() }
}

it('[REC1] recovers exactly what follows the position, and live ones after it, once, whenever they are published', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: 20 }),
      fc.nat({ max: 20 }),
      fc.array(fc.nat({ max: 6 }), { maxLength: 10 }),
      async (before, seen, pauses) => {
        const { publish, subscribe, sent } = subject()
        for (let count = 0; count < before; count++) await publish()
        const since = Math.min(seen, before)
        const subscribing = subscribe({ epoch: 'e1', offset: since })
        for (const pause of pauses) {
          for (let turn = 0; turn < pause; turn++) await Promise.resolve()
          await publish()
        }
        await subscribing
        await publish()
        await settle()
        const offsets = sent.flatMap((item) => ('reply' in item ? [] : 'live' in item ? [item.live] : [item.recovered]))
        expect(offsets).toEqual(Array.from({ length: before + pauses.length + 1 - since }, (_, index) => since + index + 1))
        const reply = sent.findIndex((item) => 'reply' in item)
        expect(sent.slice(0, reply).every((item) => 'recovered' in item)).toBe(true)
        expect(sent.slice(reply + 1).every((item) => 'live' in item)).toBe(true)
      },
    ),
    { seed: 11 },
  )
})

it('[LOG6] answers a position of another epoch, or past the head, with a gap', async () => {
  for (const since of [
    { epoch: 'e0', offset: 1 },
    { epoch: 'e1', offset: 99 },
  ]) {
    const { subscribe, publish, sent } = subject()
    await publish()
    await subscribe(since)
    expect(sent).toMatchObject([{ reply: { kind: 'gap', why: 'new-epoch', position: { epoch: 'e1', offset: 1 } } }])
  }
})

it('[CHN4] ends unsubscribed when the client unsubscribes while the policy is deciding', async () => {
  let decide: (answer: boolean) => void = () => {}
  const { subscribe, subscriptions, publish, sent, live, feeds } = subject(
    () =>
      new Promise((resolve) => {
        decide = resolve
      }),
  )
  const subscribing = subscribe()
  await settle()
  subscriptions.unsubscribe(mill.name)
  decide(true)
  await expect(subscribing).rejects.toMatchObject({ code: 'not_subscribed' })
  await publish()
  expect(sent).toEqual([])
  expect(live).toEqual([])
  expect([subscriptions.size, feeds.size]).toEqual([0, 0])
})

it('[CHN5] takes a second subscribe as the same subscription', async () => {
  const { subscribe, subscriptions, publish, sent, feeds } = subject()
  await Promise.all([subscribe(), subscribe()])
  await publish()
  expect(sent.filter((item) => 'live' in item)).toEqual([{ live: 1 }])
  subscriptions.unsubscribe(mill.name)
  subscriptions.unsubscribe(mill.name)
  await settle()
  expect([subscriptions.size, feeds.size]).toEqual([0, 0])
})

it('[CHN5] refuses a subscription past the limit', async () => {
  const { subscriptions } = subject()
  for (const millId of [1, 2]) await subscriptions.subscribe(channels.mill({ millId }), undefined, () => {})
  expect(() => subscriptions.subscribe(channels.mill({ millId: 3 }), undefined, () => {})).toThrow('2 subscriptions, which is the limit')
})

it('[REC3] replays nothing to an identity that may no longer hear the channel', async () => {
  let allowed = true
  const { subscribe, subscriptions, publish, sent } = subject(() => allowed)
  await subscribe()
  subscriptions.unsubscribe(mill.name)
  await publish()
  allowed = false
  sent.length = 0
  await expect(subscribe({ epoch: 'e1', offset: 0 })).rejects.toMatchObject({ code: 'denied' })
  expect(sent).toEqual([])
  expect(subscriptions.size).toBe(0)
})

it('ends what a new identity may no longer hear, and keeps what the server has assigned', async () => {
  let allowed = true
  const { subscriptions, subscribe, live, publish, sent } = subject(() => allowed)
  await subscribe()
  allowed = false
  subscriptions.assign(mill)
  expect(await subscriptions.reauthorize()).toEqual([])
  subscriptions.unassign(mill.name)
  expect(await subscriptions.reauthorize()).toMatchObject([{ error: { code: 'denied' } }])
  sent.length = 0
  await publish()
  expect(sent).toEqual([])
  expect(live).toEqual([`+${mill.name}`, `-${mill.name}`])
})

it('leaves nothing behind when the connection ends in the middle of a subscribe', async () => {
  const { subscriptions, subscribe, publish, feeds, sent } = subject()
  const subscribing = subscribe()
  subscriptions.end()
  await expect(subscribing).rejects.toMatchObject({ code: 'disconnected' })
  await publish()
  await settle()
  expect(sent).toEqual([])
  expect(feeds.size).toBe(0)
})

it('[TEN3] asks before each subscription that a client wants, and counts what is held, pending and assigned ones too', async () => {
  let full = false
  const node = channelNode({
    allow: () => true,
    admit() {
      if (full) throw new Error('full')
    },
  })
  const { subscriptions, subscribe } = node.reader()
  const subscribing = subscribe()
  expect(node.counts.held).toBe(1)
  await subscribing
  full = true
  await subscribe()
  await expect(async () => subscribe(undefined, channels.mill({ millId: 2 }))).rejects.toThrow('full')
  subscriptions.assign(channels.mill({ millId: 3 }))
  expect(node.counts.held).toBe(2)
  subscriptions.unsubscribe(mill.name)
  subscriptions.unsubscribe(mill.name)
  subscriptions.unsubscribe(channels.mill({ millId: 3 }).name)
  expect(node.counts.held).toBe(1)
  subscriptions.end()
  subscriptions.assign(mill)
  expect(node.counts.held).toBe(0)
})

it('[TEN3] no longer counts a subscription that the policy denied', async () => {
  const { subscribe, counts } = subject(() => false)
  await expect(subscribe()).rejects.toThrow()
  expect(counts.held).toBe(0)
})
