import type { ChannelKey } from '../channel-key.ts'

/** The nodes of a cluster, as one of them sees the others. */
export interface Peers {
  /** This node: another one after each start. */
  readonly self: string
  /** The other nodes that are alive. */
  readonly others: readonly string[]
  /** No other node is alive, and none could be that has not been heard of yet. */
  readonly alone: boolean
  /** When it started, in milliseconds since 1970 by this node's clock. */
  joinedAt(node: string): number
  /** Whether what this node says comes back to it: while it does not, silence means nothing. */
  readonly connected: boolean
  /** Whether to listen to it: not where it is thought dead, until it beats again. Whoever speaks is alive. */
  admit(node: string): boolean
}

/** What becomes of other nodes. None of these may throw. */
export interface PeerEvents {
  /** It is dead, or has said that it leaves. */
  readonly onGone?: (node: string, hasLeft: boolean) => void
  /** Messages may have been lost, and no more are. */
  readonly onRestored?: () => void
}

/** What nodes say to each other. Messages may be lost, doubled and reordered; what is said to a channel that is not open here is lost for certain. */
export interface Lines {
  /** From the moment it resolves, `hear` gets what any node says there, this one included. Rejects where the broker fails; then the line is open to what comes after all. */
  open(channel: ChannelKey, hear: (from: string, json: string) => void): Promise<void>
  close(channel: ChannelKey): void
  /** Resolves when it is on its way, or cannot be. Never rejects. */
  send(channel: ChannelKey, json: string): Promise<void>
}
