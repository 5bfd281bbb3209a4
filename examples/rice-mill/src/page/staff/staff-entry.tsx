import { Autocomplete, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { newStaffMember } from '../../contract/inputs.ts'
import { EntryDrawer } from '../forms/entry-drawer.tsx'
import { DayField, MoneyField } from '../forms/fields.tsx'
import { useEntry } from '../forms/use-entry.ts'
import { useMill } from '../hooks/use-mill.ts'

interface Draft {
  readonly name: string
  readonly duty: string
  readonly dailyWagePaise: number | null
  readonly joinedOn: string
}

const empty: Draft = { name: '', duty: '', dailyWagePaise: null, joinedOn: '' }

/** Somebody begins to work in the mill. */
export function StaffEntry({ duties, onClose }: { readonly duties: readonly string[]; readonly onClose: () => void }): ReactNode {
  const { api } = useMill()
  const entry = useEntry({
    entity: 'staff',
    empty,
    schema: newStaffMember,
    toInput: ({ joinedOn, ...rest }: Draft) => ({ ...rest, ...(joinedOn !== '' && { joinedOn }) }),
    save: api.addStaff,
    onSaved({ name }) {
      toast.success(`${name} has joined`)
      onClose()
    },
  })
  const { draft, saving, change } = entry
  const { faults } = saving
  return (
    <EntryDrawer title="New staff member" submitLabel="Save" entry={entry} onClose={onClose}>
      <TextInput
        label="Name"
        value={draft.name}
        onChange={(event) => change({ name: event.currentTarget.value })}
        error={faults.name}
        withAsterisk
        maxLength={120}
        data-autofocus
      />
      <Autocomplete
        label="Duty"
        data={[...duties]}
        value={draft.duty}
        onChange={(duty) => change({ duty })}
        error={faults.duty}
        withAsterisk
        maxLength={120}
      />
      <MoneyField
        label="Wage per day"
        value={draft.dailyWagePaise}
        onChange={(dailyWagePaise) => change({ dailyWagePaise })}
        error={faults.dailyWagePaise}
      />
      <DayField label="Joined on" value={draft.joinedOn} onChange={(joinedOn) => change({ joinedOn })} error={faults.joinedOn} />
    </EntryDrawer>
  )
}
