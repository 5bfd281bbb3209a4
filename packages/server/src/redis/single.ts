import { chunks } from './chunks.ts'
import { openPair, type PairOptions } from './pair.ts'
import type { Session, SessionEvents } from './session.ts'

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
        for (const _ of list) answers.push(answer)
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
