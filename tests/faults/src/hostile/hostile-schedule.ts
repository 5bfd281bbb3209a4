import { type Random, seededRandom } from '@millrace-tests/support'

export const hostileKinds = [
  /** Reads nothing, and says now and then that it is alive. */
  'stalls',
  /** Reads one byte a second. */
  'sips',
  /** Reads, and answers no ping. */
  'never-pongs',
  /** One direction of its network is dead. */
  'half-open',
  'floods-acks',
  'floods-pongs',
  'floods-pings',
  /** Asks on and on. */
  'floods-requests',
  /** Subscribes to ten thousand channels. */
  'subscribes',
  /** Sends messages of a megabyte. */
  'sends-megabytes',
  /** Never sends CONNECT. */
  'lurks',
  /** Opens a WebSocket for an upgrade, asks there, and never upgrades. */
  'probes',
  /** Sends CONNECT again and again. */
  'knocks',
] as const
export type HostileKind = (typeof hostileKinds)[number]

/** So many hostile clients of a kind, for a while. */
export interface HostileStep {
  readonly atMs: number
  readonly forMs: number
  readonly kind: HostileKind
  readonly count: number
  /** Of two listeners of the server: kernel buffers of a Unix socket are soon full, those of TCP are large. */
  readonly over: 'tcp' | 'unix'
  /** Whether those that flood read the answers. */
  readonly reads: boolean
  /** Whether they hear what healthy readers hear, or nothing but volatile and retained events. */
  readonly hearsDurable: boolean
}

export interface HostileScheduleOptions {
  readonly seed: number
  readonly durationMs: number
  /** Mean time between two steps. */
  readonly everyMs: number
}

/** Who comes when, and what they do: the same for the same seed. Each kind comes once before any comes twice. */
export function hostileSchedule({ seed, durationMs, everyMs }: HostileScheduleOptions): HostileStep[] {
  const random = seededRandom(seed)
  const steps: HostileStep[] = []
  let kinds: HostileKind[] = []
  for (let atMs = random.int(0, everyMs); atMs < durationMs; atMs += random.int(everyMs / 2, (everyMs * 3) / 2)) {
    if (kinds.length === 0) kinds = shuffled(random)
    // Holds: it was filled.
    const kind = kinds.pop() as HostileKind
    steps.push({
      atMs: Math.round(atMs),
      forMs: random.int(500, 5_000),
      kind,
      count: kind === 'stalls' || kind === 'sips' || kind === 'lurks' ? random.int(5, 30) : random.int(1, 4),
      over: random.pick(['tcp', 'unix', 'unix']),
      reads: random.chance(0.5),
      hearsDurable: random.chance(0.4),
    })
  }
  return steps
}

function shuffled(random: Random): HostileKind[] {
  return hostileKinds
    .map((kind) => ({ kind, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ kind }) => kind)
}
