import type { PresenceMember } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'

export interface PresenceEntry {
  readonly connectionId: string
  readonly userId: string
  readonly name?: string
  readonly state: unknown
}

export type PresenceChange =
  | { readonly kind: 'join' | 'update'; readonly channel: ChannelKey; readonly member: PresenceMember }
  | { readonly kind: 'leave'; readonly channel: ChannelKey; readonly userId: string }

/** Who is in which channel: people, with a count of their connections (PRE1). The newest state of any of a person's connections counts. */
export interface PresenceStore {
  /**
   * Idempotent per connection; answers the change that others should see, or null. A repeated join carries a new state or name.
   * A connection belongs to one user for life: rejects with `conflict` for another one.
   */
  join(channel: ChannelKey, entry: PresenceEntry, now: number): Promise<PresenceChange | null>
  /** Null, too, for a connection that is not in the channel. */
  update(channel: ChannelKey, connectionId: string, state: unknown): Promise<PresenceChange | null>
  /** `update` while the person has another connection in the channel, `leave` with the last one; null for a connection that is not there. */
  leave(channel: ChannelKey, connectionId: string): Promise<PresenceChange | null>
  /** In the order in which they came. */
  members(channel: ChannelKey): Promise<readonly PresenceMember[]>
}
