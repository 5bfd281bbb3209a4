import { SegmentedControl, Select, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { newMovement } from '../../contract/inputs.ts'
import { kilograms } from '../format/weight.ts'
import { stockNames } from '../format/words.ts'
import { EntryDrawer } from '../forms/entry-drawer.tsx'
import { DayField, WeightField } from '../forms/fields.tsx'
import { useEntry } from '../forms/use-entry.ts'
import { useMill } from '../hooks/use-mill.ts'
import { SaleStockHint } from '../trade/sale-stock-hint.tsx'

type Direction = 'inward' | 'outward'

interface Draft {
  readonly direction: Direction
  readonly stockType: string
  readonly quantityKg: number | null
  readonly reason: string
  readonly vehicle: string
  readonly day: string
}

const empty: Draft = { direction: 'inward', stockType: '', quantityKg: null, reason: '', vehicle: '', day: '' }
const stockOptions = Object.entries(stockNames).map(([value, label]) => ({ value, label }))
const directions: { value: Direction; label: string }[] = [
  { value: 'inward', label: 'Coming in' },
  { value: 'outward', label: 'Going out' },
]

/** Goods that come or go without being bought or sold. */
export function MovementEntry({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { api } = useMill()
  const entry = useEntry({
    entity: 'movement',
    empty,
    schema: newMovement,
    toInput: ({ day, ...rest }: Draft) => ({ ...rest, ...(day !== '' && { day }) }),
    save: api.enterMovement,
    onSaved({ direction, quantityKg, stockType }) {
      toast.success(`${kilograms(quantityKg)} of ${stockNames[stockType].toLowerCase()} ${direction === 'inward' ? 'came in' : 'went out'}`)
      onClose()
    },
  })
  const { draft, saving, change } = entry
  const { faults } = saving
  return (
    <EntryDrawer title="New stock movement" submitLabel="Save" entry={entry} onClose={onClose}>
      <SegmentedControl
        aria-label="Direction"
        fullWidth
        data={directions}
        value={draft.direction}
        onChange={(direction) => change({ direction })}
      />
      <Select
        label="Goods"
        data={stockOptions}
        value={draft.stockType === '' ? null : draft.stockType}
        onChange={(stockType) => change({ stockType: stockType ?? '' })}
        error={faults.stockType}
        withAsterisk
        data-autofocus
      />
      <WeightField
        label="Quantity"
        value={draft.quantityKg}
        onChange={(quantityKg) => change({ quantityKg })}
        error={faults.quantityKg}
        {...(draft.direction === 'outward' && { description: <SaleStockHint goods={draft.stockType} quantityKg={draft.quantityKg} /> })}
      />
      <TextInput
        label="Reason"
        placeholder={draft.direction === 'inward' ? 'Returned by a buyer, found in a count …' : 'Spoilt, sample, given away …'}
        value={draft.reason}
        onChange={(event) => change({ reason: event.currentTarget.value })}
        error={faults.reason}
        withAsterisk
        maxLength={120}
      />
      <TextInput
        label="Vehicle"
        placeholder="TN 49 AB 1234"
        value={draft.vehicle}
        onChange={(event) => change({ vehicle: event.currentTarget.value })}
        error={faults.vehicle}
        maxLength={40}
      />
      <DayField label="Day" value={draft.day} onChange={(day) => change({ day })} error={faults.day} />
    </EntryDrawer>
  )
}
