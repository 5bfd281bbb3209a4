/** The channels `mill:<n>` that connections are in: the same for each, or `each` of `total`, spread evenly. */
export type Mills = readonly number[] | { readonly total: number; readonly each: number }

export interface Connecting {
  readonly port: number
  /** `socketio`: with a token per connection, as a stock client. `websocket`: nothing above the WebSocket. */
  readonly protocol: 'socketio' | 'websocket'
  /** Where the deliveries are counted; also what the users are called: `group-0`, `group-1`, … */
  readonly group: string
  readonly count: number
  /** @default 0 */
  readonly firstUser?: number
  readonly mills: Mills
  readonly tenant: string
  /** So many handshakes are under way at a time. */
  readonly atOnce: number
}

export interface Received {
  readonly deliveries: number
  /** Those that came more than a second after they were published. */
  readonly late: number
  readonly p50Us: number
  readonly p99Us: number
  /** Connections that ended. */
  readonly lost: number
}

export interface Answered {
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
}

/** What the runner asks of the load generator. */
export interface LoadCommands {
  /** Answers once all are ready. */
  connect: { input: Connecting; answer: { readonly ms: number; readonly refused: number } }
  /** Reads nothing more from a group's connections. */
  stall: { input: { readonly group: string }; answer: null }
  /** Cuts all of a group's connections at once. */
  cut: { input: { readonly group: string }; answer: null }
  /** Begins to count anew. */
  reset: { input: null; answer: null }
  read: { input: { readonly group: string }; answer: Received }
  /** Each of a group's connections has `depth` requests under way, for a while. */
  ask: { input: { readonly group: string; readonly depth: number; readonly seconds: number }; answer: Answered }
  /** Connects SDK clients that subscribe to `mill:1`. Those of a group that were there before come from where they were; answers once all are live. */
  subscribe: {
    input: { readonly port: number; readonly group: string; readonly count: number; readonly atOnce: number }
    answer: { readonly ms: number }
  }
  /** Compares what the SDK clients of a group have with `published` publications. */
  audit: { input: { readonly group: string; readonly published: number }; answer: { readonly lost: number; readonly twice: number } }
}
