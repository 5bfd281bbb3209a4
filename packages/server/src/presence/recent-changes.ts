/** A change that was told: with which version, and when. */
interface Told {
  readonly version: number
  readonly at: number
}

/** Connections that changed last by this version. */
export interface ChangedSince {
  readonly version: number
  readonly ids: readonly string[]
}

export const recentChangesDefaults = {
  /** Three comparisons. */
  keepMs: 30_000,
  /** What was said so shortly before may be on its way. */
  onWayMs: 1_000,
} as const

/** Which connections a node has told of lately, so that who is behind is told what they lack, and not everything. */
export class RecentChanges {
  /** The last change of each connection, oldest first. */
  readonly #changes = new Map<string, Told>()
  readonly #onWay: Told[] = []
  /** What changed up to here is not remembered. */
  #forgotten: number
  #arrived: number

  constructor(version: number) {
    this.#forgotten = version
    this.#arrived = version
  }

  add(ids: readonly string[], version: number, now: number): void {
    for (const id of ids) {
      this.#changes.delete(id)
      this.#changes.set(id, { version, at: now })
    }
    this.#onWay.push({ version, at: now })
    this.arrived(now)
  }

  /** Keeps at most so many. */
  forget(max: number, now: number): void {
    for (const [id, { version, at }] of this.#changes) {
      if (this.#changes.size <= max && Math.abs(now - at) < recentChangesDefaults.keepMs) return
      this.#changes.delete(id)
      this.#forgotten = version
    }
  }

  /** What everybody has by now, unless it was lost. */
  arrived(now: number): number {
    for (let next = this.#onWay[0]; next !== undefined && Math.abs(now - next.at) >= recentChangesDefaults.onWayMs; next = this.#onWay[0]) {
      this.#arrived = next.version
      this.#onWay.shift()
    }
    return this.#arrived
  }

  /** In steps that follow each other, of `stepIds` and once more at most. Null where too much was forgotten. */
  since(version: number, stepIds: number): readonly ChangedSince[] | null {
    if (version < this.#forgotten) return null
    const steps: { version: number; ids: string[] }[] = []
    for (const [id, told] of this.#changes) {
      if (told.version <= version) continue
      const step = steps.at(-1)
      // What was told as one is not divided: a version is reached by all of its changes.
      if (step === undefined || (step.version !== told.version && step.ids.length >= stepIds))
        steps.push({ version: told.version, ids: [id] })
      else {
        step.ids.push(id)
        step.version = told.version
      }
    }
    return steps
  }
}
