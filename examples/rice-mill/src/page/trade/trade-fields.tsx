import { Autocomplete, Select, Textarea } from '@mantine/core'
import type { ReactNode } from 'react'
import { money } from '../format/money.ts'
import { stockNames } from '../format/words.ts'
import type { Faults } from '../forms/faults.ts'
import { DayField, MoneyField, WeightField } from '../forms/fields.tsx'
import type { TradeKind } from './kind.ts'
import type { TradeDraft } from './trade.ts'

interface Props {
  readonly kind: TradeKind
  readonly draft: TradeDraft
  readonly faults: Faults
  /** Names that were used before. */
  readonly known: { readonly parties: readonly string[]; readonly goods: readonly string[] }
  readonly onChange: (changes: Partial<TradeDraft>) => void
  readonly disabled?: boolean
  /** About the quantity: what is in stock. */
  readonly quantityHint?: ReactNode
}

const stockOptions = Object.entries(stockNames).map(([value, label]) => ({ value, label }))

export function TradeFields({ kind, draft, faults, known, onChange, disabled = false, quantityHint }: Props): ReactNode {
  const { quantityKg, ratePaisePerKg } = draft
  return (
    <>
      <Autocomplete
        label={kind.partyLabel}
        value={draft.party}
        data={[...known.parties]}
        onChange={(party) => onChange({ party })}
        error={faults.party}
        withAsterisk
        disabled={disabled}
        data-autofocus
        maxLength={120}
      />
      {kind.entity === 'purchase' ? (
        <Autocomplete
          label={kind.goodsLabel}
          value={draft.goods}
          data={[...known.goods]}
          onChange={(goods) => onChange({ goods })}
          error={faults.goods}
          withAsterisk
          disabled={disabled}
          maxLength={120}
        />
      ) : (
        <Select
          label={kind.goodsLabel}
          value={draft.goods === '' ? null : draft.goods}
          data={stockOptions}
          onChange={(goods) => onChange({ goods: goods ?? '' })}
          error={faults.goods}
          withAsterisk
          disabled={disabled}
          allowDeselect={false}
        />
      )}
      <div className="drawer-pair">
        <WeightField
          label="Quantity"
          value={quantityKg}
          onChange={(next) => onChange({ quantityKg: next })}
          error={faults.quantityKg}
          disabled={disabled}
          description={quantityHint}
        />
        <MoneyField
          label="Rate per kg"
          value={ratePaisePerKg}
          onChange={(next) => onChange({ ratePaisePerKg: next })}
          error={faults.ratePaisePerKg}
          disabled={disabled}
          description={ratePaisePerKg === null ? 'Rupees for one kilogram' : `${money(ratePaisePerKg * 100)} a quintal`}
        />
      </div>
      <output className="drawer-total">
        <span className="soft">Amount</span>
        <strong>{quantityKg === null || ratePaisePerKg === null ? '–' : money(quantityKg * ratePaisePerKg)}</strong>
      </output>
      <DayField label="Day" value={draft.day} onChange={(day) => onChange({ day })} error={faults.day} disabled={disabled} />
      <Textarea
        label="Note"
        value={draft.note}
        onChange={(event) => onChange({ note: event.currentTarget.value })}
        error={faults.note}
        disabled={disabled}
        autosize
        minRows={2}
        maxLength={500}
      />
    </>
  )
}
