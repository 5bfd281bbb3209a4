import type { Random } from '@millrace-tests/support'
import { seededRandom } from '@millrace-tests/support'
import type { Direction, Fault } from './tcp-proxy.ts'

/** Something that goes wrong at a moment of the run. */
export type Step = { readonly atMs: number } & (
  | {
      readonly kind: 'connection'
      readonly fault: Fault
      /** Which of the connections open at that time: 0 the oldest, just below 1 the newest. */
      readonly which: number
      /** A fault that passes is taken back after so long. */
      readonly forMs: number | null
    }
  /** Every open connection breaks at once. */
  | { readonly kind: 'reset-all' }
  | { readonly kind: 'door'; readonly door: 'refuse' | 'black-hole'; readonly forMs: number }
  /** SIGKILL, and a new process after `downMs`. */
  | { readonly kind: 'kill'; readonly downMs: number }
  /** SIGSTOP, and SIGCONT after `forMs`. */
  | { readonly kind: 'freeze'; readonly forMs: number }
)

export interface ScheduleOptions {
  readonly seed: number
  readonly durationMs: number
  /** Mean time between two faults of connections. */
  readonly everyMs: number
  /** Mean time between two faults of the server. */
  readonly serverEveryMs: number
}

/** What goes wrong in a run, and when: the same for the same seed. */
export function faultSchedule({ seed, durationMs, everyMs, serverEveryMs }: ScheduleOptions): Step[] {
  const random = seededRandom(seed)
  const forConnections = random.fork()
  const forServer = random.fork()
  const steps = [
    ...moments(forConnections, durationMs, everyMs).map((atMs) => connectionStep(forConnections, atMs)),
    ...moments(forServer, durationMs, serverEveryMs).map((atMs) => serverStep(forServer, atMs)),
  ]
  return steps.sort((a, b) => a.atMs - b.atMs)
}

function moments(random: Random, durationMs: number, meanMs: number): number[] {
  const found: number[] = []
  for (let at = random.int(1, meanMs); at < durationMs; at += random.int(meanMs / 2, (meanMs * 3) / 2)) found.push(Math.round(at))
  return found
}

function connectionStep(random: Random, atMs: number): Step {
  const kind = random.pick([
    'reset',
    'reset',
    'cut-after',
    'cut-after',
    'half-open',
    'black-hole',
    'stall',
    'delay',
    'throttle',
    'reset-all',
    'door',
  ] as const)
  const which = random.next()
  const direction = random.pick<Direction>(['up', 'down'])
  const forMs = random.int(200, 2_000)
  switch (kind) {
    case 'reset-all':
      return { atMs, kind }
    case 'door':
      // Now and then long enough that a recovery takes several reads.
      return { atMs, kind, door: random.pick(['refuse', 'refuse', 'black-hole']), forMs: random.chance(0.2) ? forMs * 4 : forMs }
    case 'reset':
    case 'black-hole':
      return { atMs, kind: 'connection', fault: { kind }, which, forMs: null }
    case 'half-open':
      return { atMs, kind: 'connection', fault: { kind, dead: direction }, which, forMs: null }
    case 'cut-after':
      return { atMs, kind: 'connection', fault: { kind, direction, bytes: random.int(1, 4_000) }, which, forMs: null }
    case 'stall':
      return { atMs, kind: 'connection', fault: { kind }, which, forMs }
    case 'delay':
      return { atMs, kind: 'connection', fault: { kind, ms: random.int(5, 300) }, which, forMs }
    case 'throttle':
      return { atMs, kind: 'connection', fault: { kind, bytesPerSecond: random.int(500, 20_000) }, which, forMs }
  }
}

function serverStep(random: Random, atMs: number): Step {
  return random.chance(0.75)
    ? { atMs, kind: 'kill', downMs: random.int(0, 1_500) }
    : { atMs, kind: 'freeze', forMs: random.int(200, 2_000) }
}
