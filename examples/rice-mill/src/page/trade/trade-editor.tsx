import { Alert, Text } from '@mantine/core'
import { useEvent } from '@millrace/react'
import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import type { Person } from '../../contract.ts'
import { Ago } from '../components/ago.tsx'
import { Icon } from '../components/icon.tsx'
import { firstName, listed } from '../format/words.ts'
import { FormDrawer } from '../forms/form-drawer.tsx'
import { SaveProblem } from '../forms/save-problem.tsx'
import { useMill } from '../hooks/use-mill.ts'
import { useOpenRecord } from '../hooks/use-open-record.ts'
import { useMe } from '../session/use-session.ts'
import { ClashPanel } from './clash-panel.tsx'
import { DeleteButton } from './delete-button.tsx'
import type { TradeKind } from './kind.ts'
import { SaleStockHint } from './sale-stock-hint.tsx'
import type { Trade } from './trade.ts'
import { knownNames } from './trade-entry.tsx'
import { TradeFields } from './trade-fields.tsx'
import { fieldNames } from './trade-words.ts'
import { useTradeEdit } from './use-trade-edit.ts'

interface Props {
  readonly kind: TradeKind
  /** The newest that is known of it; the last one known when it was deleted. */
  readonly trade: Trade
  readonly rows: readonly Trade[]
  readonly onClose: () => void
  readonly onRemoved: (trade: Trade) => void
}

/** A purchase or a sale, opened. */
export function TradeEditor({ kind, trade, rows, onClose, onRemoved }: Props): ReactNode {
  const me = useMe()
  const deletedBy = useDeletedBy(kind, trade.id)
  const edit = useTradeEdit({
    kind,
    live: trade,
    onSaved({ number }) {
      toast.success(`Saved: ${kind.words.one} #${number}`)
      onClose()
    },
    onRemoved() {
      onRemoved(trade)
      onClose()
    },
  })
  useOpenRecord(`#${trade.number}`)

  const { saving, theirs, taken, clashes, draft } = edit
  const gone = deletedBy !== null && deletedBy.id !== me.id
  const who = theirs.changedBy === undefined ? 'Somebody' : firstName(theirs.changedBy.name)
  const busy = saving.status === 'saving' || gone

  return (
    <FormDrawer
      opened
      onClose={onClose}
      saving={saving}
      submitLabel={saving.status === 'failed' ? 'Try again' : 'Save changes'}
      submitDisabled={gone || clashes.length > 0 || !edit.changed}
      onSubmit={() => void edit.submit()}
      title={`${kind.title.slice(0, -1)} #${trade.number}`}
      aside={!gone && <DeleteButton what={`${kind.words.one} #${trade.number}`} onDelete={() => void edit.remove()} disabled={busy} />}
      notices={
        <>
          <Text size="sm" c="dimmed">
            Entered by {trade.createdBy.name} <Ago time={trade.createdAt} />
            {trade.version > 1 && (
              <>
                {' · '}changed <Ago time={trade.updatedAt} />
              </>
            )}
          </Text>
          {gone && (
            <Alert color="red" icon={<Icon name="trash" />} title={`${deletedBy.name} has deleted this ${kind.words.one}`} role="alert">
              What you see is the last that was known of it.
            </Alert>
          )}
          {!gone && clashes.length > 0 && (
            <ClashPanel
              kind={kind}
              who={who}
              fields={clashes}
              mine={draft}
              theirs={theirs}
              onKeepMine={edit.keepMine}
              onTakeTheirs={edit.takeTheirs}
            />
          )}
          {!gone && clashes.length === 0 && taken.length > 0 && (
            <Alert color="blue" icon={<Icon name="edit" />} title={`${who} has changed this ${kind.words.one} just now`} role="status">
              The {listed(taken.map((field) => fieldNames(kind)[field].toLowerCase()))} below {taken.length > 1 ? 'are' : 'is'} theirs.
              {edit.changed && ' Your own changes are still there.'}
            </Alert>
          )}
          {saving.status === 'failed' && <SaveProblem problem={saving.problem} onRetry={() => void edit.submit()} />}
        </>
      }
    >
      <TradeFields
        kind={kind}
        draft={draft}
        faults={saving.faults}
        known={knownNames(rows)}
        onChange={edit.change}
        disabled={busy}
        {...(kind.entity === 'sale' && { quantityHint: <SaleStockHint goods={draft.goods} quantityKg={null} /> })}
      />
    </FormDrawer>
  )
}

/** Who has deleted it while it was open. */
function useDeletedBy(kind: TradeKind, id: string): Person | null {
  const { channel } = useMill()
  const [deletedBy, setDeletedBy] = useState<Person | null>(null)
  useEvent(channel, 'purchase:deleted', ({ purchaseId, deletedBy: by }) => {
    if (kind.entity === 'purchase' && purchaseId === id) setDeletedBy(by)
  })
  useEvent(channel, 'sale:deleted', ({ saleId, deletedBy: by }) => {
    if (kind.entity === 'sale' && saleId === id) setDeletedBy(by)
  })
  return deletedBy
}
