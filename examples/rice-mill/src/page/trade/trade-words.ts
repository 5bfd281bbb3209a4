import { money } from '../format/money.ts'
import { shortDayName } from '../format/time.ts'
import { kilograms } from '../format/weight.ts'
import type { TradeKind } from './kind.ts'
import type { TradeDraft, TradeField } from './trade.ts'

export const fieldNames = (kind: TradeKind): Readonly<Record<TradeField, string>> => ({
  party: kind.partyLabel,
  goods: kind.goodsLabel,
  quantityKg: 'Quantity',
  ratePaisePerKg: 'Rate',
  day: 'Day',
  note: 'Note',
})

/** The value of one field, as it is read. */
export function fieldText(kind: TradeKind, draft: TradeDraft, field: TradeField): string {
  switch (field) {
    case 'party':
      return draft.party
    case 'goods':
      return kind.goodsName(draft.goods)
    case 'quantityKg':
      return draft.quantityKg === null ? '–' : kilograms(draft.quantityKg)
    case 'ratePaisePerKg':
      return draft.ratePaisePerKg === null ? '–' : `${money(draft.ratePaisePerKg)} per kg`
    case 'day':
      return draft.day === '' ? 'Today' : shortDayName(draft.day)
    case 'note':
      return draft.note === '' ? '–' : draft.note
  }
}
