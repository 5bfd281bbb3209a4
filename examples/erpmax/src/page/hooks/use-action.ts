import { useState } from 'react'
import { toast } from 'sonner'
import { messageOf } from '../api/api-error.ts'

/** Something that a click does, once at a time; a failure is said, and nothing is lost. */
export function useAction<Input extends readonly unknown[]>(run: (...input: Input) => Promise<unknown>) {
  const [busy, setBusy] = useState(false)
  return {
    busy,
    async start(...input: Input): Promise<boolean> {
      if (busy) return false
      setBusy(true)
      try {
        await run(...input)
        return true
      } catch (error) {
        toast.error('Not done', { description: messageOf(error) })
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}
