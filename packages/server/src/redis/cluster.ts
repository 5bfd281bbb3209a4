import type { Clock } from '@millrace/contract'
import { connect, type Endpoint, type EndpointOptions } from './connection.ts'
import { endpointOf } from './location.ts'
import { openPair, type Pair, type PairOptions } from './pair.ts'
import { routedSession } from './routed.ts'
import type { OpenSession, Session, SessionEvents } from './session.ts'
import { slotOf } from './slot.ts'
import { readTopology, type Topology } from './topology.ts'
import { within } from './within.ts'

export interface ClusterOptions {
  /** Where to ask for the others. */
  readonly endpoints: readonly Endpoint[]
  /** How to sign in, the same on each. */
  readonly shared: EndpointOptions
  readonly clock: Clock
  readonly random: () => number
  readonly connectTimeoutMs: number
  /** For a number, a channel that nobody else knows. */
  readonly beatChannel: (n: number) => string
}

/**
 * Sessions with a whole cluster: a pair of connections to each primary, so that each channel is carried by one server alone. What moves ends the
 * session, and the next one knows where to.
 */
export function clusterSessions(options: ClusterOptions): OpenSession {
  const { clock, connectTimeoutMs, shared, random } = options
  let known: readonly Endpoint[] = options.endpoints

  /** Asks one after the other, beginning anywhere; those that were named at the start are never forgotten. */
  async function ask(): Promise<Topology> {
    const all = [...known, ...options.endpoints]
    const first = Math.floor(random() * known.length)
    let failure: unknown = null
    for (const endpoint of [...all.slice(first), ...all.slice(0, first)]) {
      try {
        const topology = await topologyFrom(endpoint, options)
        known = topology.primaries.map(({ host, port }) => endpointOf(host, port, shared))
        return topology
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }

  return async (events) => {
    const { primaries, owners } = await ask()
    return openPairs(
      primaries.map(({ host, port }, index) => ({
        ...{ endpoint: endpointOf(host, port, shared), clock, connectTimeoutMs, inCluster: true },
        beatChannel: ownChannel(options.beatChannel, (channel) => owners[slotOf(channel)] === index),
      })),
      events,
      (pairs) => (channel) => {
        const slot = slotOf(channel)
        // Holds: each owner is the index of a primary, and each primary has its pair.
        return { pair: pairs[owners[slot] as number] as Pair, group: slot }
      },
    )
  }
}

async function topologyFrom(endpoint: Endpoint, { clock, connectTimeoutMs }: ClusterOptions): Promise<Topology> {
  const connection = connect(endpoint, connectTimeoutMs, { heard: () => undefined, lost: () => undefined, message: () => undefined })
  try {
    const asking = connection.ready.then(() => connection.ask([['cluster', 'slots']]))
    const [answer] = await within(clock, connectTimeoutMs, asking)
    return readTopology(answer, endpoint.options?.host ?? '')
  } finally {
    connection.end()
  }
}

/** The first of the numbered channels that is the server's. */
function ownChannel(numbered: (n: number) => string, isOwn: (channel: string) => boolean): string {
  let n = 0
  while (!isOwn(numbered(n))) n += 1
  return numbered(n)
}

/** All of them, or none. */
async function openPairs(
  wanted: readonly Omit<PairOptions, keyof SessionEvents>[],
  { onMessage, onLost }: SessionEvents,
  routes: (pairs: readonly Pair[]) => Parameters<typeof routedSession>[1],
): Promise<Session> {
  const pairs: Pair[] = []
  let lost: Error | null = null
  let isOpen = false
  const end = (): void => {
    for (const pair of pairs) pair.end()
  }
  const opened = await Promise.allSettled(
    wanted.map((one) =>
      openPair({
        ...one,
        onMessage,
        onLost(reason) {
          end()
          if (lost !== null) return
          lost = reason
          if (isOpen) onLost(reason)
        },
      }),
    ),
  )
  for (const one of opened) if (one.status === 'fulfilled') pairs.push(one.value)
  const failed = opened.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected' || lost !== null) {
    end()
    throw failed?.status === 'rejected' ? failed.reason : lost
  }
  isOpen = true
  return routedSession(pairs, routes(pairs))
}
