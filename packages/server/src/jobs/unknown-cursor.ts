import { MillraceError } from '@millrace/contract'

export function unknownCursor(): MillraceError {
  return new MillraceError('invalid_payload', 'the cursor belongs to another list, or its job is gone: begin again without one', {
    faults: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  })
}
