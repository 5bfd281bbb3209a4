import { MillraceError } from '@millrace/contract'
import { asCallersError, pgFailure } from './errors.ts'
import type { PgTransaction, PgTransactions } from './port.ts'
import { recogniseTransaction } from './transaction-shapes.ts'

/** The database of the store's connections, as far as a client says whose it is. */
export interface TransactionHome {
  readonly name: string
}

/**
 * Recognises the application's own transactions. A client that says it is on another database is refused at once; where nothing says so
 * (two servers, one name), the statement itself compares the tables' own id.
 */
export function pgTransactions({ name }: TransactionHome): PgTransactions {
  function resolve(tx: unknown): { readonly refused: string } | { readonly transaction: PgTransaction } {
    const found = recogniseTransaction(tx)
    if (found === null)
      return {
        refused:
          'this is no PostgreSQL transaction: pass the client, or the transaction of Kysely, Drizzle, Knex or Prisma, that your statements run on',
      }
    const { database, state, query } = found
    if (database !== null && database !== name)
      return { refused: `the transaction is on the database "${database}", the store on "${name}"` }
    if (state === 'none') return { refused: 'there is no transaction: make the call between its BEGIN and COMMIT' }
    return {
      transaction: {
        async ask(text, values) {
          try {
            return await query(text, values)
          } catch (error) {
            if (pgFailure(error) === 'undefined')
              throw new MillraceError(
                'outbox_wrong_database',
                'the transaction is on a database without the tables of the store',
                undefined,
                { cause: error },
              )
            throw asCallersError(error)
          }
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
