import { Alert, Text } from '@mantine/core'
import { useTyping } from '@millrace/react'
import { type ReactNode, useEffect, useState } from 'react'
import { toast } from 'sonner'
import { batchCompletion } from '../../contract/inputs.ts'
import type { Batch } from '../../contract.ts'
import { Icon } from '../components/icon.tsx'
import { kilograms } from '../format/weight.ts'
import { check } from '../forms/faults.ts'
import { WeightField } from '../forms/fields.tsx'
import { FormDrawer } from '../forms/form-drawer.tsx'
import { SaveProblem } from '../forms/save-problem.tsx'
import { useSaving } from '../forms/use-saving.ts'
import { useMill } from '../hooks/use-mill.ts'
import { useOpenRecord } from '../hooks/use-open-record.ts'
import { type Products, producedKg, shareOf, usualProducts } from './outturn.ts'

const products: readonly { readonly field: keyof Products; readonly label: string }[] = [
  { field: 'riceKg', label: 'Rice' },
  { field: 'brokenRiceKg', label: 'Broken rice' },
  { field: 'branKg', label: 'Bran' },
  { field: 'huskKg', label: 'Husk' },
]

/** What came out of a batch. Prefilled with what usually comes out of so much paddy. */
export function BatchComplete({ batch, onClose }: { readonly batch: Batch; readonly onClose: () => void }): ReactNode {
  const { api, channel } = useMill()
  const typing = useTyping(channel)
  const { saving, save, fail } = useSaving()
  const [draft, setDraft] = useState(() => usualProducts(batch.paddyKg))
  const [key] = useState(() => crypto.randomUUID())
  const [version] = useState(batch.version)
  useOpenRecord(`#${batch.number}`)
  const { stop } = typing
  useEffect(() => stop, [stop])
  const done = batch.status === 'completed'
  const left = batch.paddyKg - producedKg(draft)

  async function submit(): Promise<void> {
    const checked = check(batchCompletion, { version, ...draft })
    if (!checked.ok) return fail(checked.faults)
    const saved = await save(() => api.completeBatch(batch.id, checked.value, key))
    if (saved === null) return
    toast.success(`Batch #${saved.number} is completed`, { description: `${kilograms(saved.riceKg ?? 0)} of rice` })
    onClose()
  }

  return (
    <FormDrawer
      opened
      title={`Complete batch #${batch.number}`}
      onClose={onClose}
      saving={saving}
      submitLabel={saving.status === 'failed' ? 'Try again' : 'Complete'}
      submitDisabled={done || left < 0}
      onSubmit={() => void submit()}
      notices={
        <>
          <Text size="sm" c="dimmed">
            {kilograms(batch.paddyKg)} of paddy, started by {batch.createdBy.name}. What usually comes out of it is filled in.
          </Text>
          {done && (
            <Alert
              color="blue"
              icon={<Icon name="check" />}
              title={`${batch.completedBy?.name ?? 'Somebody'} has completed this batch`}
              role="status"
            />
          )}
          {!done && saving.status === 'failed' && <SaveProblem problem={saving.problem} onRetry={() => void submit()} />}
        </>
      }
    >
      <div className="drawer-pair">
        {products.map(({ field, label }) => (
          <WeightField
            key={field}
            label={label}
            value={draft[field]}
            onChange={(value) => {
              setDraft((before) => ({ ...before, [field]: value }))
              typing.start({ entity: 'batch', action: 'completing' })
            }}
            error={saving.faults[field]}
            description={`${shareOf(draft[field], batch).toFixed(1)} %`}
            disabled={done}
          />
        ))}
      </div>
      <output className="drawer-total" style={left < 0 ? { color: 'var(--bad)' } : undefined}>
        <span className="soft">{left < 0 ? 'More than went in' : 'Moisture and dust'}</span>
        <strong>{kilograms(Math.abs(left))}</strong>
      </output>
    </FormDrawer>
  )
}
