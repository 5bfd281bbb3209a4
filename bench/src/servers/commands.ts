import type { Delivery } from '../wire.ts'

export interface Publishing {
  /** The delivery class of one publication after the other, from the beginning again at the end. */
  readonly deliveries: readonly Delivery[]
  /** Published to so many channels in turn, `mill:<firstMill>` and those that follow. */
  readonly firstMill: number
  readonly mills: number
  /** Turns of the event loop in which something is published, each second. */
  readonly perSecond: number
  /** Publications in each of these turns. */
  readonly perTurn: number
  /** Publications in all. */
  readonly count: number
  readonly padBytes: number
  /** @default the benchmark's own */
  readonly tenant?: string
  /** Leaves out what a server that is behind could only publish after the time is over. */
  readonly skipLate?: boolean
  /** Each in a business transaction of its own, with the row that it tells of. On PostgreSQL alone. */
  readonly transactional?: boolean
}

export interface Published {
  /** Over a tenant's quota. */
  readonly refused: number
  readonly failed: number
}

/** What the runner asks of a server under test. */
export interface ServerCommands {
  listen: { input: null; answer: { readonly port: number } }
  /** Publishes by the clock, however far behind the server is; answers when all is published, and what is durable is on the disk. */
  publish: { input: Publishing; answer: Published }
  /** Publishes durably, each publisher waiting for its last one; answers how many a second there were. */
  publishInTurn: { input: { readonly publishers: number; readonly seconds: number }; answer: { readonly perSecond: number } }
  /** Bytes in the outbound queues, by the server's own account; null where it keeps none. */
  queuedBytes: { input: null; answer: number | null }
  /** Collects garbage, so that what is resident afterwards is in use. */
  collect: { input: null; answer: null }
}

/** How a server is set up. */
export interface ServerSetup {
  /** Where what is durable is kept. */
  readonly dataDir: string
  /** A PostgreSQL database of the measurement's own, where that is what is durable; else SQLite is. */
  readonly postgresUrl: string | null
  /** The Redis that joins it with others, and the name that is theirs there. */
  readonly redis?: { readonly url: string; readonly name: string }
}
