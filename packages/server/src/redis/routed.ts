import { chunks } from './chunks.ts'
import type { Pair } from './pair.ts'
import { isRefusal, type Session } from './session.ts'

/** Which server carries a channel, and which channels may be named together. */
export interface Route {
  readonly pair: Pair
  /** Channels of one group may be in one command. */
  readonly group: number
}

/** So many channels, or commands, at once: the server has time for others in between. */
const atOnce = 1_000

/** A session over one server, or over all of a cluster. */
export function routedSession(pairs: readonly Pair[], routeOf: (channel: string) => Route): Session {
  /** The positions of the channels, by the pair that carries them. */
  function byPair(channels: readonly string[]): ReadonlyMap<Pair, readonly number[]> {
    const found = new Map<Pair, number[]>()
    for (const [index, channel] of channels.entries()) {
      const { pair } = routeOf(channel)
      const indexes = found.get(pair)
      if (indexes === undefined) found.set(pair, [index])
      else indexes.push(index)
    }
    return found
  }

  /** Asks each pair for its share; the answers are in the order of the channels. */
  async function spread(channels: readonly string[], ask: (pair: Pair, indexes: readonly number[]) => Promise<readonly unknown[]>) {
    const all: unknown[] = []
    await Promise.all(
      [...byPair(channels)].map(async ([pair, indexes]) => {
        const answers = await ask(pair, indexes)
        for (const [at, index] of indexes.entries()) all[index] = answers[at]
      }),
    )
    return all
  }

  async function subscribeOn(pair: Pair, channels: readonly string[]): Promise<readonly unknown[]> {
    const answers = new Map<string, unknown>()
    for (const lists of portions(channels)) {
      const told = await pair.subscribe(lists)
      for (const [index, list] of lists.entries()) for (const channel of list) answers.set(channel, told[index])
      // A list is refused as a whole for one of its channels.
      const doubtful = lists.filter((list, index) => list.length > 1 && isRefusal(told[index])).flat()
      if (doubtful.length === 0) continue
      const alone = await pair.subscribe(doubtful.map((channel) => [channel]))
      for (const [index, channel] of doubtful.entries()) answers.set(channel, alone[index])
    }
    return channels.map((channel) => answers.get(channel))
  }
  async function unsubscribeOn(pair: Pair, channels: readonly string[]): Promise<readonly unknown[]> {
    for (const lists of portions(channels)) await pair.unsubscribe(lists)
    return []
  }
  /** Lists of channels that may be in one command, so many of them that there are about `atOnce` channels. */
  function portions(channels: readonly string[]): readonly (readonly (readonly string[])[])[] {
    const groups = new Map<number, string[]>()
    for (const channel of channels) {
      const { group } = routeOf(channel)
      const list = groups.get(group)
      if (list === undefined) groups.set(group, [channel])
      else list.push(channel)
    }
    const lists = [...groups.values()].flatMap((list) => [...chunks(list, atOnce)])
    const longest = Math.max(1, ...lists.map(({ length }) => length))
    return [...chunks(lists, Math.ceil(atOnce / longest))]
  }
  const pick = <T>(items: readonly T[], indexes: readonly number[]): readonly T[] =>
    indexes.flatMap((index) => items.slice(index, index + 1))

  return {
    publish: (messages) =>
      spread(
        messages.map(([channel]) => channel),
        (pair, indexes) => pair.publish(pick(messages, indexes)),
      ),
    subscribe: (channels) => spread(channels, (pair, indexes) => subscribeOn(pair, pick(channels, indexes))),
    async unsubscribe(channels) {
      await spread(channels, (pair, indexes) => unsubscribeOn(pair, pick(channels, indexes)))
    },
    async roundTrip() {
      await Promise.all(pairs.map((pair) => pair.roundTrip()))
    },
    end() {
      for (const pair of pairs) pair.end()
    },
  }
}
