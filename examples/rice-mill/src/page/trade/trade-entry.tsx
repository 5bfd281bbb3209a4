import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { money } from '../format/money.ts'
import { EntryDrawer } from '../forms/entry-drawer.tsx'
import { useEntry } from '../forms/use-entry.ts'
import { useMill } from '../hooks/use-mill.ts'
import type { TradeKind } from './kind.ts'
import { SaleStockHint } from './sale-stock-hint.tsx'
import { emptyDraft, type Trade } from './trade.ts'
import { TradeFields } from './trade-fields.tsx'

interface Props {
  readonly kind: TradeKind
  readonly rows: readonly Trade[]
  readonly onClose: () => void
}

/** A purchase or a sale that is being entered. */
export function TradeEntry({ kind, rows, onClose }: Props): ReactNode {
  const { api } = useMill()
  const entry = useEntry({
    entity: kind.entity,
    empty: emptyDraft,
    toInput: kind.toInput,
    schema: kind.schema,
    names: kind.names,
    save: (input, key) => kind.enter(api, input, key),
    onSaved({ number, amountPaise, party }) {
      toast.success(`${kind.words.entered}: #${number}`, { description: `${party}, ${money(amountPaise)}` })
      onClose()
    },
  })
  const { draft, saving } = entry
  return (
    <EntryDrawer title={kind.words.enter} submitLabel="Save" entry={entry} onClose={onClose}>
      <TradeFields
        kind={kind}
        draft={draft}
        faults={saving.faults}
        known={knownNames(rows)}
        onChange={entry.change}
        disabled={saving.status === 'saving'}
        {...(kind.entity === 'sale' && { quantityHint: <SaleStockHint goods={draft.goods} quantityKg={draft.quantityKg} /> })}
      />
    </EntryDrawer>
  )
}

/** The names in the list, the most recent first. */
export function knownNames(rows: readonly Trade[]) {
  return { parties: [...new Set(rows.map(({ party }) => party))], goods: [...new Set(rows.map(({ goods }) => goods))] }
}
