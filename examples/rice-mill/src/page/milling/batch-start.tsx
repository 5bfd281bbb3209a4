import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { newBatch } from '../../contract/inputs.ts'
import { kilograms } from '../format/weight.ts'
import { EntryDrawer } from '../forms/entry-drawer.tsx'
import { WeightField } from '../forms/fields.tsx'
import { useEntry } from '../forms/use-entry.ts'
import { useMill } from '../hooks/use-mill.ts'
import { SaleStockHint } from '../trade/sale-stock-hint.tsx'

const empty: { readonly paddyKg: number | null } = { paddyKg: null }

/** Paddy goes into the mill. */
export function BatchStart({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { api } = useMill()
  const entry = useEntry({
    entity: 'batch',
    empty,
    schema: newBatch,
    toInput: (draft) => draft,
    save: api.startBatch,
    onSaved({ number, paddyKg }) {
      toast.success(`Batch #${number} is running`, { description: `${kilograms(paddyKg)} of paddy` })
      onClose()
    },
  })
  return (
    <EntryDrawer title="Start a batch" submitLabel="Start milling" entry={entry} onClose={onClose}>
      <WeightField
        label="Paddy"
        value={entry.draft.paddyKg}
        onChange={(paddyKg) => entry.change({ paddyKg })}
        error={entry.saving.faults.paddyKg}
        description={<SaleStockHint goods="paddy" quantityKg={entry.draft.paddyKg} />}
      />
    </EntryDrawer>
  )
}
