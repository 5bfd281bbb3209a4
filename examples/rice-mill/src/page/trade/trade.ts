import type { Person, Purchase, Sale } from '../../contract.ts'
import type { Changed } from '../hooks/use-records.ts'

/** What people enter of a purchase or a sale. Null: nothing yet. */
export interface TradeDraft {
  /** Who sells to the mill, or buys from it. */
  readonly party: string
  /** The variety of paddy, or the kind of stock. */
  readonly goods: string
  readonly quantityKg: number | null
  readonly ratePaisePerKg: number | null
  /** `YYYY-MM-DD`; empty: today */
  readonly day: string
  readonly note: string
}

export type TradeField = keyof TradeDraft

/** A purchase or a sale: the mill buys and sells in the same form. */
export interface Trade extends TradeDraft {
  readonly id: string
  readonly number: number
  readonly version: number
  readonly quantityKg: number
  readonly ratePaisePerKg: number
  readonly amountPaise: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly createdBy: Person
  readonly changedBy?: Person
}

export const emptyDraft: TradeDraft = { party: '', goods: '', quantityKg: null, ratePaisePerKg: null, day: '', note: '' }

export const purchaseTrade = ({ supplier, variety, ...rest }: Changed<Purchase>): Trade => ({ ...rest, party: supplier, goods: variety })
export const saleTrade = ({ buyer, stockType, ...rest }: Changed<Sale>): Trade => ({ ...rest, party: buyer, goods: stockType })

export const draftOf = ({ party, goods, quantityKg, ratePaisePerKg, day, note }: TradeDraft): TradeDraft => ({
  party,
  goods,
  quantityKg,
  ratePaisePerKg,
  day,
  note,
})

/** The fields in which two drafts differ. */
export function changedFields(a: TradeDraft, b: TradeDraft): TradeField[] {
  // Holds: the empty draft has exactly the fields of a draft.
  return (Object.keys(emptyDraft) as TradeField[]).filter((field) => a[field] !== b[field])
}
