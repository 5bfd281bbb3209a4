import { type Random, seededRandom } from '@millrace-tests/support'

/** What goes wrong in a cluster, and for how long. */
export type ClusterFaultKind =
  /** SIGKILL of a node; a new process takes its place. */
  | 'node killed'
  /** SIGSTOP of a node, for longer than others wait for it. */
  | 'node frozen'
  /** SIGTERM, and a new process: a deploy. */
  | 'node drained'
  | 'clock jumps'
  /** Every connection of clients is reset. */
  | 'clients cut'
  | 'Redis killed'
  | 'Redis frozen'
  /** Redis closes its subscribers' connections. */
  | 'Redis drops subscribers'
  | 'Redis unreachable from a node'
  | 'Redis swallows everything from a node'
  | 'PostgreSQL restarted'
  | 'PostgreSQL crashes'
  | 'PostgreSQL ends connections'
  | 'PostgreSQL unreachable from a node'
  | 'PostgreSQL swallows everything from a node'

export type BrokerKind = 'redis' | 'postgres'

const everywhere = [
  'node killed',
  'node frozen',
  'node drained',
  'clock jumps',
  'clients cut',
  'PostgreSQL restarted',
  'PostgreSQL crashes',
  'PostgreSQL ends connections',
  'PostgreSQL unreachable from a node',
  'PostgreSQL swallows everything from a node',
] as const satisfies readonly ClusterFaultKind[]
const ofRedis = [
  'Redis killed',
  'Redis frozen',
  'Redis drops subscribers',
  'Redis unreachable from a node',
  'Redis swallows everything from a node',
] as const satisfies readonly ClusterFaultKind[]

export function faultsOf(broker: BrokerKind): readonly ClusterFaultKind[] {
  return broker === 'redis' ? [...everywhere, ...ofRedis] : everywhere
}

export interface ClusterStep {
  readonly atMs: number
  readonly kind: ClusterFaultKind
  /** Which node: 0 to just below 1. */
  readonly which: number
  readonly forMs: number
}

export interface ClusterScheduleOptions {
  readonly seed: number
  readonly kinds: readonly ClusterFaultKind[]
  readonly durationMs: number
  /** Mean time between two faults. */
  readonly everyMs: number
}

/** What goes wrong in a run, and when: the same for the same seed. */
export function clusterSchedule({ seed, kinds, durationMs, everyMs }: ClusterScheduleOptions): readonly ClusterStep[] {
  const random = seededRandom(seed)
  const steps: ClusterStep[] = []
  let left = [...kinds]
  for (let atMs = random.int(500, everyMs); atMs < durationMs; atMs += random.int(everyMs / 2, (everyMs * 3) / 2)) {
    // Each kind once before any comes twice.
    if (left.length === 0) left = [...kinds]
    const kind = random.pick(left)
    left.splice(left.indexOf(kind), 1)
    steps.push({ atMs: Math.round(atMs), kind, which: random.next(), forMs: durationOf(kind, random) })
  }
  return steps
}

function durationOf(kind: ClusterFaultKind, random: Random): number {
  if (kind === 'node frozen') return random.int(2_000, 10_000)
  return random.int(300, 4_000)
}
