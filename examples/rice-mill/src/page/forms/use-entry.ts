import { useTyping } from '@millrace/react'
import { useEffect } from 'react'
import type { z } from 'zod'
import type { EntryKey } from '../api/mill-api.ts'
import { useMill } from '../hooks/use-mill.ts'
import { useStored } from '../hooks/use-stored.ts'
import { check, type FieldNames } from './faults.ts'
import { type Saving, useSaving } from './use-saving.ts'

interface EntryOptions<Draft extends object, Input, Saved> {
  /** What the others are told that this person is creating. */
  readonly entity: string
  readonly empty: Draft
  readonly toInput: (draft: Draft) => unknown
  readonly schema: z.ZodType<Input>
  readonly names?: FieldNames
  readonly save: (input: Input, key: EntryKey) => Promise<Saved>
  readonly onSaved: (saved: Saved) => void
}

export interface Entry<Draft extends object> {
  readonly draft: Draft
  /** The window had this draft from before it was reloaded or the form was closed. */
  readonly restored: boolean
  readonly saving: Saving
  readonly change: (changes: Partial<Draft>) => void
  readonly submit: () => Promise<void>
  readonly discard: () => void
  /** The server knows the entry already: enter this one as another. */
  readonly enterAsAnother: () => void
}

interface Kept<Draft> {
  readonly draft: Draft
  readonly key: EntryKey
}

const newKey = (): EntryKey => crypto.randomUUID()

/**
 * Something new that is being entered. The window keeps the draft, and with it the idempotency key: however often it is sent
 * through a bad connection, a reload or a restart of the server, it is entered once.
 */
export function useEntry<Draft extends object, Input, Saved>(options: EntryOptions<Draft, Input, Saved>): Entry<Draft> {
  const { entity, empty, names, onSaved } = options
  const { mill, channel } = useMill()
  const typing = useTyping(channel)
  const [kept, keep, { found }] = useStored<Partial<Kept<Draft>>>(`rice-mill:draft:${mill.id}:${entity}`, none)
  const { saving, save, fail, clear } = useSaving(names)
  const draft = kept.draft === undefined ? empty : { ...empty, ...kept.draft }
  const { stop } = typing
  useEffect(() => stop, [stop])

  function change(changes: Partial<Draft>): void {
    keep((before) => ({ draft: { ...empty, ...before.draft, ...changes }, key: before.key ?? newKey() }))
    typing.start({ entity, action: 'creating' })
  }

  async function submit(): Promise<void> {
    const checked = check(options.schema, options.toInput(draft), names)
    if (!checked.ok) return fail(checked.faults)
    const key = kept.key ?? newKey()
    keep({ draft, key })
    const saved = await save(() => options.save(checked.value, key))
    if (saved === null) return
    typing.stop()
    keep(null)
    onSaved(saved)
  }

  return {
    draft,
    restored: found,
    saving,
    change,
    submit,
    discard() {
      typing.stop()
      clear()
      keep(null)
    },
    enterAsAnother() {
      keep({ draft, key: newKey() })
      clear()
    },
  }
}

const none = {}
