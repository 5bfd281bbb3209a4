/** What the runner asks of a server process, by IPC; the answer carries the question's number. */
export type ServerCommand =
  | { readonly do: 'token'; readonly userId: string; readonly count: number }
  /** Publishes `count` times at `perSecond` to the room that every connection is in; answers the processor time it took. */
  | { readonly do: 'publish'; readonly delivery: 'durable' | 'volatile'; readonly perSecond: number; readonly count: number }
  /** Publishes durably, `concurrency` at a time, each waiting for the one before. */
  | { readonly do: 'durable'; readonly concurrency: number; readonly count: number }
  /** Publishes `count` times as fast as it goes, for somebody who is away. */
  | { readonly do: 'fill'; readonly count: number }
  | { readonly do: 'memory' }

export interface ServerAnswers {
  readonly token: readonly string[]
  readonly publish: { readonly cpuMs: number }
  readonly durable: { readonly perSecond: number }
  readonly fill: null
  readonly memory: { readonly residentBytes: number }
}

/** What each published payload is made of. About 200 bytes, as an ERP's stock event has. */
export interface Payload {
  readonly t: number
  readonly n: number
  readonly pad: string
}
/** Microseconds of the machine's monotonic clock, which its processes share. */
export const nowUs = (): number => Number(process.hrtime.bigint() / 1_000n)
export const payload = (n: number): Payload => ({ t: nowUs(), n, pad: 'x'.repeat(150) })
export const benchEvent = 'stock:updated'
export const volatileEvent = 'stock:peeked'
export const benchSecret = 'a-secret-for-benchmarks-of-more-than-32-bytes'
