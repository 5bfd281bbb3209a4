import { refuseTransaction } from '../memory-transactions.ts'
import type { Outbox } from './port.ts'

/** An outbox without a database: it accepts no transaction, so nothing ever comes out of it. */
export function memoryOutbox(): Outbox {
  return { accepts: () => false, write: refuseTransaction, listen: () => undefined }
}
