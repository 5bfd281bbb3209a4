import { MillraceError } from '@millrace/contract'
import { asCallersError, pgFailure, sqlState } from './errors.ts'
import type { PgTransaction, PgTransactions } from './port.ts'
import { recogniseTransaction } from './transaction-shapes.ts'

export interface TransactionHome {
  /** The database of the store's connections, as they know it. */
  readonly name: string
}

// Where libraries keep the error that PostgreSQL has answered: Drizzle in `cause`, Prisma in `meta.driverAdapterError.cause`.
const wrappers = ['cause', 'meta', 'driverAdapterError']

/** PostgreSQL's SQLSTATE, in whatever a library has wrapped its error. The innermost first: Prisma's own codes look like one. */
function stateWithin(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null
  for (const name of wrappers) {
    const inner: unknown = Reflect.get(error, name)
    const found = inner === error ? null : stateWithin(inner)
    if (found !== null) return found
  }
  const original: unknown = Reflect.get(error, 'originalCode')
  return typeof original === 'string' ? original : sqlState(error)
}

/** What the caller gets: our own word where it is about us; else the library's error, as for any statement of the transaction. */
function asTransactionsError(error: unknown): unknown {
  const state = stateWithin(error)
  const cause = { code: state, cause: error }
  switch (state === null ? 'gone' : pgFailure(cause)) {
    case 'undefined':
      return new MillraceError(
        'outbox_wrong_database',
        'the transaction is on a database that has not the tables of the store',
        undefined,
        {
          cause: error,
        },
      )
    case 'data':
      return asCallersError(cause)
    default:
      return error
  }
}

/**
 * Recognises the application's own transactions. One that says it is on another database, or has ended, is refused at once; where nothing
 * says so (two servers, one name), the statement itself compares the tables' own id.
 */
export function pgTransactions({ name }: TransactionHome): PgTransactions {
  // One statement at a time in each transaction: a notification writes two, and not every library has a queue for them.
  const busy = new WeakMap<object, Promise<unknown>>()

  function resolve(tx: unknown): { readonly refused: string } | { readonly transaction: PgTransaction } {
    const found = recogniseTransaction(tx)
    if (found === null)
      return {
        refused:
          'this is no PostgreSQL transaction: pass the client of pg, or the transaction of Kysely, Drizzle, Knex or Prisma, that is open',
      }
    const { database, ended, query } = found
    if (database !== null && database !== name)
      return { refused: `the transaction is on the database "${database}", the store on "${name}"` }
    if (ended) return { refused: 'there is no open transaction: make the call between its BEGIN and COMMIT' }
    return {
      transaction: {
        ask(text, values) {
          // Holds: it was recognised.
          const key = tx as object
          const before = busy.get(key)
          const answer = (before === undefined ? query(text, values) : before.then(() => query(text, values))).catch((error: unknown) => {
            throw asTransactionsError(error)
          })
          const done = answer.then(
            () => undefined,
            () => undefined,
          )
          busy.set(key, done)
          void done.then(() => {
            if (busy.get(key) === done) busy.delete(key)
          })
          return answer
        },
      },
    }
  }
  return {
    accepts: (tx) => 'transaction' in resolve(tx),
    within(tx) {
      const found = resolve(tx)
      if ('refused' in found) throw new MillraceError('outbox_wrong_database', found.refused)
      return found.transaction
    },
  }
}
