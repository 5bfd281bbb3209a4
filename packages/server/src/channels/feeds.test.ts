import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { localBroker } from '../broker/local.ts'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import { channelNode, channels, key, mill, settle } from '../testing/channel-node.ts'
import type { Connection } from '../transport/port.ts'

const offsetsOf = ({ sent }: { readonly sent: readonly object[] }) => sent.flatMap((item) => ('live' in item ? [item.live] : []))

/** Counts how often anything of the connection is looked at. */
function watched(connection: Connection): { readonly connection: Connection; readonly looks: () => number } {
  let looks = 0
  const proxy = new Proxy(connection, {
    get(target, property) {
      looks++
      return Reflect.get(target, property)
    },
  })
  return { connection: proxy, looks: () => looks }
}

describe('open channels', () => {
  it('[DLV5] encode nothing for a publication that nobody hears', async () => {
    const node = channelNode()
    const reader = node.reader()
    await reader.subscribe()
    await node.publish()
    expect(node.counts.encoded).toBe(1)
    // Held, as by somebody who is still catching up.
    const held = await node.feeds.acquire(key, mill)
    reader.subscriptions.unsubscribe(mill.name)
    await node.publish()
    node.feeds.release(held)
    await node.publish()
    expect(node.counts).toMatchObject({ encoded: 1, frames: 1 })
    expect([node.feeds.size, offsetsOf(reader)]).toEqual([0, [1]])
  })

  it('[DLV5] hear nothing from the broker once the last holder has gone', async () => {
    const node = channelNode()
    const reader = node.reader()
    await reader.subscribe()
    const open = node.feeds.find(key)
    reader.subscriptions.end()
    await node.publish()
    expect(open?.feed.changes).toBe(0)
    expect(node.feeds.find(key)).toBeNull()
  })

  it('[DLV5] cost a publication what its readers cost, and a join or a leave nobody else anything', async () => {
    const node = channelNode()
    const others = Array.from({ length: 200 }, (_, index) => watched(node.reader(`other${index}`).connection))
    const other = channels.mill({ millId: 11 })
    const elsewhere = await node.feeds.acquire(channelKey('acme', other.name), other)
    for (const { connection } of others) elsewhere.add(connection)
    const here = await node.feeds.acquire(key, mill)
    const neighbours = Array.from({ length: 200 }, (_, index) => watched(node.reader(`neighbour${index}`).connection))
    for (const { connection } of neighbours) here.add(connection)
    const looksOf = (all: typeof others): number => all.reduce((sum, { looks }) => sum + looks(), 0)
    const joining = node.reader('joining')
    here.add(joining.connection)
    here.remove(joining.connection)
    expect(looksOf(neighbours)).toBe(0)
    await node.publish()
    // Kind, namespace, id and `send` of each.
    expect(looksOf(neighbours)).toBeLessThanOrEqual(200 * 4)
    expect([looksOf(others), node.counts.encoded]).toEqual([0, 1])
  })

  it('encode once per kind and namespace, however the readers are mixed', async () => {
    const node = channelNode()
    const readers = Array.from({ length: 40 }, (_, index) =>
      node.reader(`c${index}`, { kind: index % 2 === 0 ? 'sdk' : 'stock', namespace: index % 3 === 0 ? '/b' : '/' }),
    )
    for (const reader of readers) await reader.subscribe()
    await node.publish()
    expect(node.counts.encoded).toBe(4)
    for (const { frames, connection } of readers)
      expect(frames).toMatchObject([{ namespace: connection.namespace, event: connection.kind === 'sdk' ? 'mr:pub' : 'tick' }])
    expect(new Set(readers.flatMap(({ frames }) => frames)).size).toBe(4)
  })

  it('leave out the connection that a publication is not for, but give an SDK client its own durable ones', async () => {
    const node = channelNode()
    const readers = [node.reader('sdk'), node.reader('stock', { kind: 'stock' }), node.reader('other', { kind: 'stock' })]
    for (const reader of readers) await reader.subscribe()
    const { position, ...stored } = await node.append()
    for (const except of ['sdk', 'stock']) await node.carry({ ...stored, except, delivery: 'volatile' })
    await node.carry({ ...stored, ...(position && { position }), except: 'sdk' })
    await node.carry({ ...(await node.append()), except: 'stock' })
    expect(readers.map(({ frames }) => frames.length)).toEqual([3, 2, 4])
  })

  it('deliver to exactly those who are there, one or many, in whatever order they come and go', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ who: fc.nat({ max: 3 }), joins: fc.boolean() }), { maxLength: 30 }), async (steps) => {
        const node = channelNode()
        const open = await node.feeds.acquire(key, mill)
        const readers = Array.from({ length: 4 }, (_, index) => node.reader(`c${index}`))
        const there = new Set<number>()
        const expected: number[][] = readers.map(() => [])
        for (const [step, { who, joins }] of steps.entries()) {
          const { connection } = readers[who] as (typeof readers)[number]
          if (joins) open.add(connection)
          else open.remove(connection)
          if (joins) there.add(who)
          else there.delete(who)
          await node.publish()
          for (const index of there) expected[index]?.push(step + 1)
        }
        expect(readers.map(offsetsOf)).toEqual(expected)
      }),
      { seed: 31 },
    )
  })

  it('[CHN3] are joined at once where they are open: the subscription is in place when the call returns', async () => {
    const node = channelNode()
    await node.reader('first').subscribe()
    const second = node.reader('second')
    void second.subscribe()
    expect(second.sent).toMatchObject([{ reply: { kind: 'live', position: { offset: 0 } } }])
    expect(second.live).toEqual([`+${mill.name}`])
    await node.publish()
    expect(offsetsOf(second)).toEqual([1])
  })

  it('tell each who comes the retained values as they are', async () => {
    const node = channelNode()
    const value = (json: string) => ({ event: 'stats', json, id: json, time: 1 })
    await node.log.retain(key, '', value('1'))
    const retainedOf = async (id: string) => {
      const reader = node.reader(id)
      await reader.subscribe()
      const [reply] = reader.sent
      return reply !== undefined && 'reply' in reply ? (reply.reply.retained as { d: number }[]).map(({ d }) => d) : []
    }
    expect(await retainedOf('a')).toEqual([1])
    expect(await retainedOf('b')).toEqual([1])
    await node.carry({ ...value('2'), channel: key, delivery: 'retained', revision: 2, key: '' })
    expect(await retainedOf('c')).toEqual([2])
    await node.publish()
    expect(await retainedOf('d')).toEqual([2])
  })

  it('share one reference to a channel among all who have it', async () => {
    const node = channelNode()
    const refs = Array.from({ length: 3 }, () => channels.mill({ millId: 1 }))
    const readers = refs.map((ref, index) => ({ ref, reader: node.reader(`c${index}`) }))
    for (const { ref, reader } of readers) await reader.subscribe(undefined, ref)
    expect(new Set(readers.map(({ reader }) => reader.subscriptions.live[0]))).toEqual(new Set([refs[0]]))
  })

  it('[CHN3] are opened anew only after the broker has let go of them', async () => {
    const inner = localBroker()
    const broker = { ...inner, unsubscribe: (channel: ChannelKey) => settle().then(() => inner.unsubscribe(channel)) }
    const node = channelNode({ broker })
    const reader = node.reader()
    await reader.subscribe()
    reader.subscriptions.unsubscribe(mill.name)
    await reader.subscribe()
    await settle()
    await node.publish()
    expect(offsetsOf(reader)).toEqual([1])
  })

  it('are open for nobody when the broker or the log fails, and open for the next who asks', async () => {
    let down = true
    const node = channelNode({
      wrap: (log) => ({ ...log, head: (channel) => (down ? Promise.reject(new Error('down')) : log.head(channel)) }),
    })
    const attempts = await Promise.allSettled(['a', 'b'].map((id) => node.reader(id).subscribe()))
    expect(attempts.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await settle()
    expect(node.feeds.size).toBe(0)
    down = false
    await node.reader('c').subscribe()
    expect(node.feeds.find(key)).not.toBeNull()
  })
})
