import { useCallback, useState } from 'react'
import { ApiError, isApiError, messageOf } from '../api/api-error.ts'
import { type Faults, type FieldNames, faultsOf } from './faults.ts'

export type Saving =
  | { readonly status: 'editing'; readonly faults: Faults }
  | { readonly status: 'saving'; readonly faults: Faults }
  /** It did not work; `unreachable`: whether it did is not known. What was entered is still there. */
  | { readonly status: 'failed'; readonly faults: Faults; readonly problem: ApiError }

const noFaults: Faults = {}
const editing: Saving = { status: 'editing', faults: noFaults }

export interface SavingActions {
  readonly saving: Saving
  /** Runs `save`; answers what it answered, or null where it failed. Never rejects. */
  readonly save: <T>(work: () => Promise<T>) => Promise<T | null>
  readonly fail: (faults: Faults) => void
  readonly clear: () => void
}

/** How the saving of a form stands. */
export function useSaving(names?: FieldNames): SavingActions {
  const [saving, setSaving] = useState<Saving>(editing)
  const save = useCallback(
    async <T>(work: () => Promise<T>): Promise<T | null> => {
      setSaving({ status: 'saving', faults: noFaults })
      try {
        const saved = await work()
        setSaving(editing)
        return saved
      } catch (error) {
        const problem = isApiError(error) ? error : new ApiError('internal', messageOf(error))
        const faults = faultsOf(problem.faults, names)
        setSaving(
          problem.code === 'invalid_payload' && problem.faults.length > 0
            ? { status: 'editing', faults }
            : { status: 'failed', faults, problem },
        )
        return null
      }
    },
    [names],
  )
  const fail = useCallback((faults: Faults) => setSaving({ status: 'editing', faults }), [])
  const clear = useCallback(() => setSaving(editing), [])
  return { saving, save, fail, clear }
}
