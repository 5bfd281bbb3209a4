import { chunks } from './chunks.ts'
import { openPair, type PairOptions } from './pair.ts'
import { isRefusal, type Session, type SessionEvents } from './session.ts'

/** So many channels in a command: the server has time for others in between. */
const channelsPerCommand = 1_000

/** A session with one server. */
export async function openSingle(options: Omit<PairOptions, keyof SessionEvents>, events: SessionEvents): Promise<Session> {
  const pair = await openPair({ ...options, ...events })
  return {
    publish: (messages) => pair.publish(messages),
    async subscribe(channels) {
      const answers: unknown[] = []
      for (const list of chunks(channels, channelsPerCommand)) {
        const [answer] = await pair.subscribe([list])
        // A list is refused as a whole for one of its channels.
        if (isRefusal(answer) && list.length > 1) answers.push(...(await pair.subscribe(list.map((channel) => [channel]))))
        else for (const _ of list) answers.push(answer)
      }
      return answers
    },
    async unsubscribe(channels) {
      for (const list of chunks(channels, channelsPerCommand)) await pair.unsubscribe([list])
    },
    roundTrip: () => pair.roundTrip(),
    end: () => pair.end(),
  }
}
