import type { ChannelRef } from '@millrace/contract'
import type { Channels } from '../channels/channels.ts'
import type { Observer } from '../observer.ts'
import { idlePresence, type PresenceView } from './presence-state.ts'

/** The user's own place in a channel's presence. */
export interface PresenceJoin {
  update(state: unknown): void
  /** Idempotent. */
  leave(): void
}

/** Who is in a channel; subscribed to, it keeps the channel subscribed. */
export interface PresenceObserver extends Observer<PresenceView> {
  /** Shows the user in the channel, with a state as the contract's `presence` describes it. */
  join(state?: unknown): PresenceJoin
}

export function createPresenceObserver(channels: Channels, ref: ChannelRef): PresenceObserver {
  return {
    subscribe(listener) {
      const channel = channels.entry(ref)
      const stop = channel.presence.subscribe(listener)
      const detach = channel.attach({})
      return () => {
        stop()
        detach()
      }
    },
    getSnapshot: () => channels.peek(ref)?.presence.getSnapshot() ?? idlePresence,
    join(initial) {
      const channel = channels.entry(ref)
      let hide = channel.show({ state: initial })
      let left = false
      return {
        update(state) {
          if (left) return
          const before = hide
          hide = channel.show({ state })
          before()
        },
        leave() {
          left = true
          hide()
        },
      }
    },
  }
}
