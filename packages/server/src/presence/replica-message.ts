import type { PresenceEntry } from './roster.ts'

/** What the nodes that hold a channel say to each other about the connections that are their own. */
export type ReplicaMessage =
  /** What has changed since `before`; `before` 0: there was nothing. */
  | {
      readonly kind: 'delta'
      readonly before: number
      readonly version: number
      readonly put: readonly PresenceEntry[]
      readonly gone: readonly string[]
    }
  /** All that the sender has, in parts. */
  | {
      readonly kind: 'state'
      readonly version: number
      readonly part: number
      readonly parts: number
      readonly put: readonly PresenceEntry[]
    }
  /** How far the sender is, and what it knows of the others: who is further tells it. With `asks` that node alone: something of it is lost. */
  | {
      readonly kind: 'roll'
      readonly version: number
      /** How many entries the sender has. */
      readonly size: number
      readonly known: Readonly<Record<string, number>>
      readonly asks?: string
    }

/** Null for what this version does not know: a newer node may say more. */
export function readReplicaMessage(json: string): ReplicaMessage | null {
  // Holds: only nodes write to these channels.
  const message = JSON.parse(json) as ReplicaMessage
  return message.kind === 'delta' || message.kind === 'state' || message.kind === 'roll' ? message : null
}

const head = /^\{"kind":"(?:state"|delta","before":\d+),"version":(\d+),/

/** The version of a change or a state, from its first characters: most of what all are told one of them needs. Null for anything else. */
export function versionOf(json: string): number | null {
  const version = head.exec(json)?.[1]
  return version === undefined ? null : Number(version)
}
