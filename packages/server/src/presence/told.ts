import { isDeepStrictEqual } from 'node:util'
import type { PresenceMember } from '@millrace/contract'

/** What the watchers of a channel have to learn: who is there, or is there otherwise than before, and who is not any more. */
export interface MemberChanges {
  readonly members: readonly PresenceMember[]
  readonly left: readonly string[]
}

/** What the watchers of a channel know, and the net effect of what has changed since: who came and went in between is not told of (PRE5). */
export class Told {
  readonly #known = new Map<string, PresenceMember>()
  readonly #changed = new Set<string>()

  /** As `sync` tells it. */
  get members(): readonly PresenceMember[] {
    return [...this.#known.values()]
  }

  mark(userIds: readonly string[]): void {
    for (const userId of userIds) this.#changed.add(userId)
  }

  /** From now on they know it. Null where there is nothing to tell. */
  take(memberOf: (userId: string) => PresenceMember | null): MemberChanges | null {
    const members: PresenceMember[] = []
    const left: string[] = []
    for (const userId of this.#changed) {
      const before = this.#known.get(userId)
      const now = memberOf(userId)
      if (now === null) {
        if (this.#known.delete(userId)) left.push(userId)
      } else {
        this.#known.set(userId, now)
        if (!isDeepStrictEqual(now, before)) members.push(now)
      }
    }
    this.#changed.clear()
    return members.length + left.length === 0 ? null : { members, left }
  }

  clear(): void {
    this.#known.clear()
    this.#changed.clear()
  }
}
