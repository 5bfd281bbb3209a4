import { type ChannelName, MillraceError } from '@millrace/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import type { Broker, Envelope } from './port.ts'

export interface BrokerSubject {
  readonly name: string
  /** New brokers, one per node, that share one hub and nothing with an earlier call's. */
  create(nodes: number): Promise<readonly Broker[]>
  /** Takes away what joins the brokers created last, and answers how it comes back. Absent where nothing can be taken away. */
  readonly outage?: () => Promise<() => Promise<void>>
}

interface Inbox {
  readonly ids: readonly string[]
  readonly envelopes: readonly Envelope[]
  /** How often `onRestored` was called. */
  readonly restored: number
  /** Resolves once `count` envelopes have arrived. */
  received(count: number): Promise<void>
}

function listenTo(broker: Broker): Inbox {
  const envelopes: Envelope[] = []
  let restored = 0
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  broker.listen(
    (envelope) => {
      envelopes.push(envelope)
      for (const waiter of waiting) if (envelopes.length >= waiter.count) waiter.resolve()
    },
    () => {
      restored += 1
    },
  )
  return {
    envelopes,
    get restored() {
      return restored
    },
    get ids() {
      return envelopes.map((envelope) => envelope.id)
    },
    received: (count) => (envelopes.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve }))),
  }
}

// Holds: the suite writes names as a pattern would format them.
const key = (name: string, tenant = 'acme'): ChannelKey => channelKey(tenant, name as ChannelName)

function envelope(channel: ChannelKey, id: string, more: Partial<Envelope> = {}): Envelope {
  return { channel, delivery: 'volatile', event: 'noted', json: '{"text":"é 漢 😀"}', id, time: 1_700_000_000_000, ...more }
}

/** For what happens in another process; it takes as long as it takes. */
const patience = { timeout: 10_000, interval: 10 }

/** What every broker does, whatever carries it. */
export function describeBrokerConformance(subject: BrokerSubject): void {
  describe(`broker: ${subject.name}`, () => {
    let brokers: readonly Broker[] = []
    let here: Broker
    let there: Broker
    let witness: Broker
    let inboxes: readonly [Inbox, Inbox, Inbox]

    beforeEach(async () => {
      brokers = await subject.create(3)
      const [first, second, third] = brokers
      if (first === undefined || second === undefined || third === undefined) throw new Error('the subject made too few brokers')
      here = first
      there = second
      witness = third
      inboxes = [listenTo(here), listenTo(there), listenTo(witness)]
    })
    afterEach(async () => {
      await Promise.all(brokers.map((broker) => broker.close()))
    })

    it('[DLV1] carries an envelope unchanged to every node that listens, the publisher included', async () => {
      const channel = key('mill:7')
      const sent = envelope(channel, 'a', {
        delivery: 'durable',
        actor: { id: 'u1', name: 'Asha' },
        position: { epoch: 'e1', offset: 41 },
        except: 'connection-1',
      })
      const retained = envelope(channel, 'b', { delivery: 'retained', key: 'stats', revision: 12 })
      const direct = envelope(channel, 'c', { namespace: '/admin' })
      await Promise.all([here.subscribe(channel), there.subscribe(channel)])
      await here.publish(sent)
      await here.publish(retained)
      await here.publish(direct)
      await Promise.all([inboxes[0].received(3), inboxes[1].received(3)])
      expect(inboxes[0].envelopes).toEqual([sent, retained, direct])
      expect(inboxes[1].envelopes).toEqual([sent, retained, direct])
    })

    it('[DLV1] carries a megabyte, and whatever characters', async () => {
      const odd = '\u0000\n\r\t"\\\u2028{}[]*?^ é 漢 😀 %2F'
      const channel = key(`mill:${encodeURIComponent(odd)}:é漢😀{a}*?[b]`, 'ac{me}*')
      const large = envelope(channel, 'large', { json: JSON.stringify('漢'.repeat(350_000)) })
      const strange = envelope(channel, odd, {
        ...{ delivery: 'retained', event: odd, json: JSON.stringify({ [odd]: odd }), revision: 1 },
        ...{ actor: { id: odd, name: odd }, key: odd, except: odd, namespace: odd },
      })
      const spaced = envelope(channel, 'spaced', { json: '{\n  "a": [1,\n 2]\n}' })
      await there.subscribe(channel)
      await Promise.all([large, strange, spaced].map((each) => here.publish(each)))
      await inboxes[1].received(3)
      expect(inboxes[1].envelopes).toEqual([large, strange, spaced])
    })

    it('[DLV5] holds ten thousand channels at once, and lets them go', async () => {
      const channels = Array.from({ length: 10_000 }, (_, index) => key(`mill:${index}`))
      await Promise.all(channels.map((channel) => there.subscribe(channel)))
      await Promise.all(channels.map((channel) => here.publish(envelope(channel, channel))))
      await inboxes[1].received(channels.length)
      expect(new Set(inboxes[1].ids).size).toBe(channels.length)
      await Promise.all(channels.slice(1).map((channel) => there.unsubscribe(channel)))
      await Promise.all(channels.map((channel) => here.publish(envelope(channel, 'again'))))
      await inboxes[1].received(channels.length + 1)
      await there.check()
      expect(inboxes[1].ids.slice(channels.length)).toEqual(['again'])
    })

    it('[LOG3] keeps the order of one publisher in one channel, without awaiting each', async () => {
      const channel = key('mill:7')
      await Promise.all([there.subscribe(channel), witness.subscribe(channel)])
      const ids = Array.from({ length: 500 }, (_, index) => `p${index}`)
      await Promise.all(ids.map((id) => here.publish(envelope(channel, id))))
      await Promise.all([inboxes[1].received(500), inboxes[2].received(500)])
      expect(inboxes[1].ids).toEqual(ids)
      expect(inboxes[2].ids).toEqual(ids)
    })

    it('[LOG3] keeps the order of what a handler publishes while it handles', async () => {
      const channel = key('mill:7')
      await Promise.all([here.subscribe(channel), there.subscribe(channel)])
      const answered = new Promise<void>((resolve, reject) => {
        here.listen((question) => {
          if (question.id === 'question') here.publish(envelope(channel, 'answer')).then(resolve, reject)
        })
      })
      await here.publish(envelope(channel, 'question'))
      await answered
      await inboxes[1].received(2)
      expect(inboxes[1].ids).toEqual(['question', 'answer'])
    })

    it('[DLV5] brings nothing to a node that has not subscribed to the channel', async () => {
      await there.subscribe(key('mill:8'))
      await witness.subscribe(key('mill:7'))
      await here.publish(envelope(key('mill:7'), 'not for there'))
      await inboxes[2].received(1)
      await here.publish(envelope(key('mill:8'), 'for there'))
      await inboxes[1].received(1)
      await there.check()
      expect(inboxes[1].ids).toEqual(['for there'])
      expect(inboxes[0].ids).toEqual([])
    })

    it('[TEN1] keeps channels of the same name in two tenants apart', async () => {
      await there.subscribe(key('mill:7', 'acme'))
      await witness.subscribe(key('mill:7', 'globex'))
      await here.publish(envelope(key('mill:7', 'globex'), 'globex'))
      await inboxes[2].received(1)
      await here.publish(envelope(key('mill:7', 'acme'), 'acme'))
      await inboxes[1].received(1)
      expect(inboxes[1].ids).toEqual(['acme'])
      expect(inboxes[2].ids).toEqual(['globex'])
    })

    it('[CHN4] brings nothing after unsubscribe', async () => {
      const channel = key('mill:7')
      await Promise.all([there.subscribe(channel), witness.subscribe(channel)])
      await here.publish(envelope(channel, 'before'))
      await Promise.all([inboxes[1].received(1), inboxes[2].received(1)])
      await there.unsubscribe(channel)
      await here.publish(envelope(channel, 'after'))
      await inboxes[2].received(2)
      await there.check()
      expect(inboxes[1].ids).toEqual(['before'])
    })

    it('[CHN3] hears what is published right after subscribe has resolved', async () => {
      const channels = Array.from({ length: 50 }, (_, index) => key(`mill:${index}`))
      for (const channel of channels) {
        await there.subscribe(channel)
        await here.publish(envelope(channel, channel))
      }
      await inboxes[1].received(channels.length)
      expect([...inboxes[1].ids].sort()).toEqual([...channels].sort())
    })

    it('[CHN5] subscribes and unsubscribes idempotently', async () => {
      const channel = key('mill:7')
      await Promise.all([there.subscribe(channel), there.subscribe(channel)])
      await there.subscribe(channel)
      await here.publish(envelope(channel, 'one'))
      await here.publish(envelope(channel, 'two'))
      await inboxes[1].received(2)
      await there.check()
      expect(inboxes[1].ids).toEqual(['one', 'two'])
      await there.unsubscribe(channel)
      await there.unsubscribe(channel)
      await there.unsubscribe(key('never:subscribed'))
      await there.subscribe(channel)
      await here.publish(envelope(channel, 'three'))
      await inboxes[1].received(3)
      expect(inboxes[1].ids).toEqual(['one', 'two', 'three'])
    })

    it('[HLT1] checks that a message goes round, and shows nothing of it to the handler', async () => {
      await expect(here.check()).resolves.toBeUndefined()
      expect(inboxes.flatMap((inbox) => inbox.ids)).toEqual([])
    })

    it('[CHN4] ends as the last call says, when subscribe and unsubscribe follow each other without waiting', async () => {
      const [kept, left] = [key('mill:kept'), key('mill:left')]
      await Promise.all([there.subscribe(kept), there.unsubscribe(kept), there.subscribe(kept)])
      await Promise.all([there.unsubscribe(kept), there.subscribe(kept)])
      await Promise.all([there.subscribe(left), there.unsubscribe(left)])
      await Promise.all([there.subscribe(left), there.subscribe(left), there.unsubscribe(left)])
      await here.publish(envelope(left, 'left'))
      await here.publish(envelope(kept, 'kept'))
      await inboxes[1].received(1)
      await there.check()
      expect(inboxes[1].ids).toEqual(['kept'])
    })

    it('[HLT1] refuses everything after close, which is idempotent and leaves other nodes alone', async () => {
      const channel = key('mill:7')
      await Promise.all([here.subscribe(channel), there.subscribe(channel)])
      await here.close()
      await here.close()
      await expect(here.check()).rejects.toBeInstanceOf(MillraceError)
      await expect(here.publish(envelope(channel, 'x'))).rejects.toMatchObject({ code: 'unavailable' })
      await expect(here.subscribe(channel)).rejects.toMatchObject({ code: 'unavailable' })
      await witness.publish(envelope(channel, 'still'))
      await inboxes[1].received(1)
      expect(inboxes[1].ids).toEqual(['still'])
      expect(inboxes[0].ids).toEqual([])
    })

    const { outage } = subject
    if (outage === undefined) return

    it('[HLT2] refuses what is published in an outage at once, and goes on by itself after it, with all subscriptions in force', async () => {
      const [before, during, left] = [key('mill:before'), key('mill:during'), key('mill:left')]
      await Promise.all([there.subscribe(before), there.subscribe(left), here.subscribe(before)])
      for (let round = 1; round <= 2; round += 1) {
        const end = await outage()
        await vi.waitFor(
          () => expect(here.publish(envelope(before, 'lost'))).rejects.toMatchObject({ code: 'unavailable', retry: true }),
          patience,
        )
        await vi.waitFor(() => expect(there.check()).rejects.toMatchObject({ code: 'unavailable' }), patience)
        await there.subscribe(during)
        await there.unsubscribe(left)
        expect(inboxes.map(({ restored }) => restored)).toEqual([round - 1, round - 1, round - 1])
        await end()
        await vi.waitFor(() => expect(inboxes.map(({ restored }) => restored)).toEqual([round, round, round]), patience)
        for (const channel of [left, during, before]) await here.publish(envelope(channel, `${channel} ${round}`))
        await vi.waitFor(() => expect(inboxes[1].ids.slice(-2)).toEqual([`${during} ${round}`, `${before} ${round}`]), patience)
        await Promise.all(brokers.map((broker) => broker.check()))
      }
      expect(inboxes[1].ids.filter((id) => id.startsWith(left))).toEqual([])
      expect(inboxes.map(({ restored }) => restored)).toEqual([2, 2, 2])
    })

    it('[HLT2] closes in an outage, and stays closed after it', async () => {
      const end = await outage()
      await here.close()
      await end()
      await vi.waitFor(() => witness.check(), patience)
      await expect(here.publish(envelope(key('mill:7'), 'x'))).rejects.toMatchObject({ code: 'unavailable' })
      expect(inboxes[0].restored).toBe(0)
    })
  })
}
