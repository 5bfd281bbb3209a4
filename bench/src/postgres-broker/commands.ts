export interface Flooding {
  /** By the clock; null: as fast as it goes, with a bounded number under way. */
  readonly perSecond: number | null
  readonly seconds: number
  readonly padBytes: number
}

export interface Heard {
  readonly count: number
  /** Null where nothing was. */
  readonly p50Us: number | null
  readonly p99Us: number | null
}

/** What the runner asks of a node that is nothing but a broker. */
export interface BrokerCommands {
  open: { input: { readonly url: string }; answer: null }
  /** Subscribes to `mill:1`, and to so many other channels, of which nothing comes. */
  subscribe: { input: { readonly others: number }; answer: null }
  /** Publishes to `mill:1`, or to a channel that nobody holds. Answers how many were taken. */
  publish: { input: Flooding & { readonly toNobody?: boolean }; answer: { readonly taken: number } }
  /** Waits until so many were heard since the last time. */
  read: { input: { readonly count: number }; answer: Heard }
}
