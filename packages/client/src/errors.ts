import { MillraceError } from '@millrace/contract'

export function toMillraceError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  return new MillraceError('internal', error instanceof Error ? error.message : String(error), undefined, { cause: error })
}
