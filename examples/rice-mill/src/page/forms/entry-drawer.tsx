import { type ReactNode, useState } from 'react'
import { FormDrawer } from './form-drawer.tsx'
import { RestoredNote } from './restored-note.tsx'
import { SaveProblem } from './save-problem.tsx'
import type { Entry } from './use-entry.ts'

interface Props<Draft extends object> {
  readonly title: string
  readonly submitLabel: string
  readonly entry: Entry<Draft>
  readonly onClose: () => void
  readonly children: ReactNode
}

/** The drawer of something new. */
export function EntryDrawer<Draft extends object>({ title, submitLabel, entry, onClose, children }: Props<Draft>): ReactNode {
  const { saving } = entry
  const [restored] = useState(entry.restored)
  const failed = saving.status === 'failed'
  return (
    <FormDrawer
      opened
      title={title}
      onClose={onClose}
      saving={saving}
      submitLabel={failed ? 'Try again' : submitLabel}
      onSubmit={() => void entry.submit()}
      notices={
        <>
          {failed && <SaveProblem problem={saving.problem} onRetry={() => void entry.submit()} onEnterAsAnother={entry.enterAsAnother} />}
          {restored && entry.restored && !failed && <RestoredNote onDiscard={entry.discard} />}
        </>
      }
    >
      {children}
    </FormDrawer>
  )
}
