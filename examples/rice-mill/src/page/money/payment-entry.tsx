import { Alert, Autocomplete, SegmentedControl, Select, Textarea } from '@mantine/core'
import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { newPayment } from '../../contract/inputs.ts'
import type { Payment } from '../../contract.ts'
import { Icon } from '../components/icon.tsx'
import { money } from '../format/money.ts'
import { methodNames } from '../format/words.ts'
import { EntryDrawer } from '../forms/entry-drawer.tsx'
import { DayField, MoneyField } from '../forms/fields.tsx'
import { useEntry } from '../forms/use-entry.ts'
import { useMill } from '../hooks/use-mill.ts'
import { useMe } from '../session/use-session.ts'

type Direction = Payment['direction']

interface Draft {
  readonly direction: Direction
  readonly party: string
  readonly amountPaise: number | null
  readonly method: string
  readonly day: string
  readonly note: string
}

const empty: Draft = { direction: 'received', party: '', amountPaise: null, method: 'upi', day: '', note: '' }
const methods = Object.entries(methodNames).map(([value, label]) => ({ value, label }))
const directions: { value: Direction; label: string }[] = [
  { value: 'received', label: 'Received' },
  { value: 'made', label: 'Paid out' },
]

/** Money in, with a receipt; or money out. */
export function PaymentEntry({ known, onClose }: { readonly known: readonly string[]; readonly onClose: () => void }): ReactNode {
  const { api } = useMill()
  const me = useMe()
  const entry = useEntry({
    entity: 'payment',
    empty,
    schema: newPayment,
    toInput: ({ day, ...rest }: Draft) => ({ ...rest, ...(day !== '' && { day }) }),
    save: api.enterPayment,
    onSaved({ payment, receipt }) {
      toast.success(
        receipt === null ? `Paid ${money(payment.amountPaise)} to ${payment.party}` : `Receipt #${receipt.number} for ${payment.party}`,
        {
          description: money(payment.amountPaise),
        },
      )
      onClose()
    },
  })
  const { draft, saving, change } = entry
  const { faults } = saving
  const barred = draft.direction === 'made' && me.role === 'MILL_STAFF'
  return (
    <EntryDrawer title="New payment" submitLabel="Save" entry={entry} onClose={onClose}>
      <SegmentedControl
        aria-label="Direction"
        fullWidth
        data={directions}
        value={draft.direction}
        onChange={(direction) => change({ direction })}
      />
      {barred && (
        <Alert color="orange" icon={<Icon name="info" />}>
          Money is paid out by the mill’s administrators.
        </Alert>
      )}
      <Autocomplete
        label={draft.direction === 'received' ? 'From' : 'To'}
        data={[...known]}
        value={draft.party}
        onChange={(party) => change({ party })}
        error={faults.party}
        withAsterisk
        maxLength={120}
        data-autofocus
      />
      <MoneyField label="Amount" value={draft.amountPaise} onChange={(amountPaise) => change({ amountPaise })} error={faults.amountPaise} />
      <Select
        label="How"
        data={methods}
        value={draft.method}
        onChange={(method) => change({ method: method ?? '' })}
        error={faults.method}
        allowDeselect={false}
        withAsterisk
      />
      <DayField label="Day" value={draft.day} onChange={(day) => change({ day })} error={faults.day} />
      <Textarea
        label="Note"
        value={draft.note}
        onChange={(event) => change({ note: event.currentTarget.value })}
        error={faults.note}
        autosize
        minRows={2}
        maxLength={500}
      />
    </EntryDrawer>
  )
}
