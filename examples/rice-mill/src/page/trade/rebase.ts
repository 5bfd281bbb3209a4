import { changedFields, type TradeDraft, type TradeField } from './trade.ts'

export interface Rebased {
  /** What the form shows now: theirs where only they changed something, mine elsewhere. */
  readonly draft: TradeDraft
  /** Taken over from them. */
  readonly taken: readonly TradeField[]
  /** Both changed it, to different values: somebody has to choose. */
  readonly clashes: readonly TradeField[]
}

/** Somebody has saved `theirs` while `mine` was being made out of `base`. */
export function rebase(base: TradeDraft, mine: TradeDraft, theirs: TradeDraft): Rebased {
  const differing = changedFields(mine, theirs)
  const myChanges = new Set(changedFields(base, mine))
  const theirChanges = new Set(changedFields(base, theirs))
  const taken = differing.filter((field) => theirChanges.has(field) && !myChanges.has(field))
  const clashes = differing.filter((field) => theirChanges.has(field) && myChanges.has(field))
  return { draft: take(mine, theirs, taken), taken, clashes }
}

/** `mine`, with `fields` as they are in `theirs`. */
export function take(mine: TradeDraft, theirs: TradeDraft, fields: readonly TradeField[]): TradeDraft {
  return { ...mine, ...Object.fromEntries(fields.map((field) => [field, theirs[field]])) }
}
