import { MillraceError } from '@millrace/contract'

/** What the memory adapters answer to work inside a transaction: there is none that could roll their writes back. */
export function refuseTransaction(): never {
  throw new MillraceError('outbox_wrong_database', 'the memory store takes part in no transaction: use sqliteStore for work inside one')
}
