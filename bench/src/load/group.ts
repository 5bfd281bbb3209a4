import { Latencies } from './latencies.ts'
import type { LoadConnection } from './load-connection.ts'

/** On time is what arrives within a second of being published. */
const onTimeUs = 1_000_000

/** What connections of one purpose have received. */
export class Group {
  readonly connections: LoadConnection[] = []
  readonly latencies = new Latencies()
  late = 0
  /** Connections that ended without being asked to. */
  lost = 0

  delivered(us: number): void {
    this.latencies.record(us)
    if (us > onTimeUs) this.late++
  }

  reset(): void {
    this.latencies.reset()
    this.late = 0
    this.lost = 0
  }
}
