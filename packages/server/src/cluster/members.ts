export interface MembersOptions {
  readonly self: string
  readonly now: number
}

export const memberDefaults = {
  beatMs: 2_000,
  /** A node is dead when so many of our own beats came back since it was last heard. */
  silentBeats: 4,
  /** So long after its start a node may not have heard of the others. */
  settleMs: 3_000,
  /** So many that are gone are remembered, so that what they said last does not bring them back. */
  goneMax: 1_000,
} as const

interface Member {
  readonly joinedAt: number
  /** Own beats that have come back since it was heard. */
  silence: number
}

/**
 * Which nodes are alive. Silence is counted in beats of our own that went round: while the broker brings us nothing, nobody is thought dead, and a
 * node that was frozen does not blame the others for it.
 */
export class Members {
  readonly #self: string
  readonly #startedAt: number
  readonly #members = new Map<string, Member>()
  /** True for a node that said it left: it never comes back. */
  readonly #gone = new Map<string, boolean>()
  #echoedAt: number

  constructor({ self, now }: MembersOptions) {
    this.#self = self
    this.#startedAt = now
    this.#echoedAt = now
  }

  get others(): readonly string[] {
    return [...this.#members.keys()]
  }

  joinedAt(node: string): number {
    return node === this.#self ? this.#startedAt : (this.#members.get(node)?.joinedAt ?? 0)
  }

  isSettled(now: number): boolean {
    return now - this.#startedAt >= memberDefaults.settleMs
  }

  isConnected(now: number): boolean {
    return Math.abs(now - this.#echoedAt) < memberDefaults.beatMs * 3
  }

  /** A beat of another node: that alone brings back one that was thought dead. */
  beat(node: string, joinedAt: number): void {
    if (this.#gone.get(node) === true) return
    this.#gone.delete(node)
    this.#members.set(node, { joinedAt, silence: 0 })
  }

  /** Anything else that another node says. False where it is thought dead. */
  said(node: string, now: number): boolean {
    if (this.#gone.has(node)) return false
    const known = this.#members.get(node)
    if (known === undefined) this.beat(node, now)
    else known.silence = 0
    return true
  }

  /** Whether it was known. */
  left(node: string): boolean {
    this.#remember(node, true)
    return this.#members.delete(node)
  }

  /** A beat of our own has come back. Answers who is dead. */
  echo(now: number): readonly string[] {
    // Those that were held up come together: they count as one.
    if (Math.abs(now - this.#echoedAt) < memberDefaults.beatMs / 2) return []
    this.#echoedAt = now
    const dead: string[] = []
    for (const [node, member] of this.#members) {
      member.silence += 1
      if (member.silence > memberDefaults.silentBeats) dead.push(node)
    }
    for (const node of dead) {
      this.#members.delete(node)
      this.#remember(node, false)
    }
    return dead
  }

  /** Beats may have been lost: the count begins anew. */
  restored(now: number): void {
    this.#echoedAt = now
    for (const member of this.#members.values()) member.silence = 0
  }

  #remember(node: string, left: boolean): void {
    this.#gone.delete(node)
    this.#gone.set(node, left)
    if (this.#gone.size <= memberDefaults.goneMax) return
    const [oldest] = this.#gone.keys()
    if (oldest !== undefined) this.#gone.delete(oldest)
  }
}
