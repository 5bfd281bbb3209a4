import { type ChannelName, MillraceError } from '@millrace/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import type { Broker, Envelope } from './port.ts'

export interface BrokerSubject {
  readonly name: string
  /** New brokers, one per node, that share one hub and nothing with an earlier call's. */
  create(nodes: number): Promise<readonly Broker[]>
}

interface Inbox {
  readonly ids: readonly string[]
  readonly envelopes: readonly Envelope[]
  /** Resolves once `count` envelopes have arrived. */
  received(count: number): Promise<void>
}

function listenTo(broker: Broker): Inbox {
  const envelopes: Envelope[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  broker.listen((envelope) => {
    envelopes.push(envelope)
    for (const waiter of waiting) if (envelopes.length >= waiter.count) waiter.resolve()
  })
  return {
    envelopes,
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
      const retained = envelope(channel, 'b', { delivery: 'retained', key: 'stats' })
      await Promise.all([here.subscribe(channel), there.subscribe(channel)])
      await here.publish(sent)
      await here.publish(retained)
      await Promise.all([inboxes[0].received(2), inboxes[1].received(2)])
      expect(inboxes[0].envelopes).toEqual([sent, retained])
      expect(inboxes[1].envelopes).toEqual([sent, retained])
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
  })
}
