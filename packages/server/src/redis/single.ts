import { openPair, type PairOptions } from './pair.ts'
import { routedSession } from './routed.ts'
import type { OpenSession, SessionEvents } from './session.ts'

/** Sessions with one server: all channels are of one group. */
export function singleSessions(options: Omit<PairOptions, 'inCluster' | keyof SessionEvents>): OpenSession {
  return async (events) => {
    const pair = await openPair({ ...options, ...events, inCluster: false })
    return routedSession([pair], () => ({ pair, group: 0 }))
  }
}
