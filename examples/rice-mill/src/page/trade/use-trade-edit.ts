import { useTyping } from '@millrace/react'
import { useEffect, useState } from 'react'
import type { Purchase, Sale } from '../../contract.ts'
import { isApiError } from '../api/api-error.ts'
import { type Saving, useSaving } from '../forms/use-saving.ts'
import { useMill } from '../hooks/use-mill.ts'
import { faultsOfTrade, type TradeKind } from './kind.ts'
import { rebase, take } from './rebase.ts'
import { changedFields, draftOf, purchaseTrade, saleTrade, type Trade, type TradeDraft, type TradeField } from './trade.ts'

export interface TradeEdit {
  readonly draft: TradeDraft
  readonly saving: Saving
  /** The record as it is on the server now. */
  readonly theirs: Trade
  /** Changed by somebody else while the form was open, and taken into it. */
  readonly taken: readonly TradeField[]
  /** Changed by both: nothing is saved until one is chosen. */
  readonly clashes: readonly TradeField[]
  readonly changed: boolean
  readonly change: (changes: Partial<TradeDraft>) => void
  readonly keepMine: () => void
  readonly takeTheirs: () => void
  readonly submit: () => Promise<void>
  readonly remove: () => Promise<void>
}

interface Options {
  readonly kind: TradeKind
  /** As the live list has it: newer ones come in while the form is open. */
  readonly live: Trade
  readonly onSaved: (saved: Trade) => void
  readonly onRemoved: () => void
}

const none: readonly TradeField[] = []

/** A record that is being changed, while others may change it too. */
export function useTradeEdit({ kind, live, onSaved, onRemoved }: Options): TradeEdit {
  const { api, channel } = useMill()
  const typing = useTyping(channel)
  const { saving, save, fail, clear } = useSaving(kind.names)
  const [base, setBase] = useState(live)
  const [draft, setDraft] = useState(() => draftOf(live))
  const [taken, setTaken] = useState(none)
  const [clashes, setClashes] = useState(none)
  const [refused, setRefused] = useState<Trade | null>(null)
  // The answer to a save may know more than the list does yet.
  const theirs = refused !== null && refused.version > live.version ? refused : live
  const { stop } = typing
  useEffect(() => stop, [stop])

  useEffect(() => {
    if (theirs.version <= base.version) return
    const next = rebase(draftOf(base), draft, draftOf(theirs))
    setBase(theirs)
    setDraft(next.draft)
    setTaken((before) => [...new Set([...before, ...next.taken])])
    setClashes((before) => [...new Set([...before, ...next.clashes])].filter((field) => next.draft[field] !== theirs[field]))
  }, [theirs, base, draft])

  return {
    draft,
    saving,
    theirs,
    taken,
    clashes,
    changed: changedFields(draft, draftOf(base)).length > 0,
    change(changes) {
      setDraft((before) => ({ ...before, ...changes }))
      typing.start({ entity: kind.entity, action: 'editing' })
    },
    keepMine: () => setClashes(none),
    takeTheirs() {
      setDraft((before) => take(before, draftOf(theirs), clashes))
      setClashes(none)
    },
    async submit() {
      const faults = faultsOfTrade(kind, draft)
      if (faults !== null) return fail(faults)
      const saved = await save(async () => {
        try {
          return await kind.change(api, base, draft)
        } catch (error) {
          if (!isApiError(error, 'conflict')) throw error
          const current = currentOf(kind, error.details.current)
          // The save before this one had arrived, and its answer was lost.
          if (current.version === base.version + 1 && changedFields(draftOf(current), draft).length === 0) return current
          setRefused(current)
          return 'changed meanwhile'
        }
      })
      if (saved === null || saved === 'changed meanwhile') return
      typing.stop()
      onSaved(saved)
    },
    async remove() {
      const removed = await save(async () => {
        try {
          await kind.remove(api, live.id)
        } catch (error) {
          if (!isApiError(error, 'not_found')) throw error
        }
        return true
      })
      if (removed === null) return
      clear()
      onRemoved()
    },
  }
}

/** Holds: the server sends the record of the kind that was asked for. */
function currentOf(kind: TradeKind, current: unknown): Trade {
  return kind.entity === 'purchase' ? purchaseTrade(current as Purchase) : saleTrade(current as Sale)
}
