export interface Connecting {
  readonly port: number
  /** `socketio`: with a token per connection, as a stock client. `websocket`: nothing above the WebSocket. */
  readonly protocol: 'socketio' | 'websocket'
  /** Where the deliveries are counted; also what the users are called: `group-0`, `group-1`, … */
  readonly group: string
  readonly count: number
  /** Claims of every token. */
  readonly claims?: Readonly<Record<string, unknown>>
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

/** What the runner asks of the load generator. */
export interface LoadCommands {
  /** Answers once all are ready. */
  connect: { input: Connecting; answer: { readonly ms: number; readonly refused: number } }
  /** Begins to count anew. */
  reset: { input: null; answer: null }
  read: { input: { readonly group: string }; answer: Received }
}
