import { type ManualClock, manualClock } from '@millrace/contract/testing'
import type { PresenceMessage } from '@millrace/contract/wire'
import { Membership } from '../cluster/membership.ts'
import { NodeLines } from '../cluster/node-lines.ts'
import { PresenceService } from '../hub/presence.ts'
import { ClusterPeople, type ClusterPeopleOptions } from '../presence/cluster-people.ts'
import { userPresenceDefaults } from '../presence/user-presence.ts'
import type { Connection, Frame } from '../transport/port.ts'
import { type LossyBroker, lossyBus } from './lossy-bus.ts'

interface TextFrame extends Frame {
  readonly json: string
}

export interface PresenceNode {
  readonly broker: LossyBroker
  readonly membership: Membership
  readonly presence: PresenceService
  readonly people: ClusterPeople
  /** Says goodbye, and stops. */
  leave(): void
  /** The node's event loop stands still: it neither says nor hears anything. */
  freeze(): void
  thaw(): void
  connection(id: string, userId?: string): { readonly connection: Connection; readonly heard: readonly PresenceMessage[] }
}

/** Nodes without sockets, which share a bus and, unless one is frozen, a clock. */
export function presenceNodes(): {
  readonly clock: ManualClock
  readonly failures: unknown[]
  node(id: string, told?: Pick<ClusterPeopleOptions, 'onOnline' | 'onOffline'>): PresenceNode
} {
  const clock = manualClock()
  const bus = lossyBus()
  const failures: unknown[] = []
  const onFailure = (error: unknown): void => void failures.push(error)

  function node(
    self: string,
    told: Pick<ClusterPeopleOptions, 'onOnline' | 'onOffline'> = { onOnline() {}, onOffline() {} },
  ): PresenceNode {
    const broker = bus.broker()
    let frozen = false
    const own = {
      ...clock,
      now: () => clock.now(),
      after: (ms: number, run: () => void) => clock.after(ms, () => void (frozen || run())),
      every: (ms: number, run: () => void) => clock.every(ms, () => void (frozen || run())),
    }
    const lines = new NodeLines({ broker, self, clock: own, onFailure, onUnsent: () => {} })
    const membership = new Membership({ self, lines, clock: own, solo: false, onFailure })
    const frame = (_namespace: string, _event: string, json: string): TextFrame => ({ bytes: json.length, delivery: 'durable', json })
    const presence = new PresenceService({ lines, peers: membership, clock: own, frame, onFailure })
    const people = new ClusterPeople({ lines, peers: membership, clock: own, graceMs: userPresenceDefaults.graceMs, ...told, onFailure })
    membership.observe(presence.peerEvents)
    membership.observe(people.peerEvents)
    lines.publications.listen(
      () => {},
      () => membership.restored(),
    )
    membership.start()
    return {
      broker,
      membership,
      presence,
      people,
      leave() {
        void membership.leave()
        presence.close()
        people.close()
      },
      freeze() {
        frozen = true
        broker.loses = () => true
      },
      thaw() {
        frozen = false
        broker.loses = () => false
      },
      connection(id, userId = id.split('-')[0] ?? id) {
        const heard: PresenceMessage[] = []
        const connection: Connection = {
          ...{ id, kind: 'sdk', namespace: '/', wireNamespace: '/', address: '127.0.0.1' },
          identity: { tenant: 'acme', userId, roles: [], claims: {}, expiresAt: null },
          // Holds: every frame of this node was made above.
          send: (frame) => void heard.push(JSON.parse((frame as TextFrame).json) as PresenceMessage),
          sendJson: () => {},
          drained: () => Promise.resolve(),
          disconnect: () => {},
        }
        return { connection, heard }
      },
    }
  }

  return { clock, failures, node }
}
