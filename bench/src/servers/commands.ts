import type { Delivery } from '../wire.ts'

export interface Publishing {
  readonly delivery: Delivery
  /** Turns of the event loop in which something is published, each second. */
  readonly perSecond: number
  /** Publications in each of these turns. */
  readonly perTurn: number
  /** Publications in all. */
  readonly count: number
  readonly padBytes: number
}

/** What the runner asks of a server under test. */
export interface ServerCommands {
  listen: { input: null; answer: { readonly port: number } }
  /** Publishes by the clock, however far behind the server is; answers when all is published. */
  publish: { input: Publishing; answer: { readonly failed: number } }
  /** Collects garbage, so that what is resident afterwards is in use. */
  collect: { input: null; answer: null }
}

/** How a server is set up for a scenario. */
export interface ServerSetup {
  /** Where what is durable is kept. */
  readonly dataDir: string
}
