/** What is known of the application's transaction, and how a statement runs in it. */
export interface RecognisedTransaction {
  /** Null where it does not say. */
  readonly database: string | null
  /** `none`: it says that no transaction is open. */
  readonly state: 'open' | 'none' | 'unknown'
  /** Runs one statement with `$1`, `$2` …; answers the column `answer` of its one row. */
  query(text: string, values: readonly (string | null)[]): Promise<string | null>
}

export function recogniseTransaction(tx: unknown): RecognisedTransaction | null {
  if ((typeof tx !== 'object' && typeof tx !== 'function') || tx === null) return null
  return pgClient(tx)
}

type Method = (...values: unknown[]) => unknown

function method(on: object, name: string): Method | null {
  const found: unknown = Reflect.get(on, name)
  return typeof found === 'function' ? (found as Method).bind(on) : null
}

/** The column `answer` of the only row, in whatever a library answers. */
function answerOf(result: unknown): string | null {
  const rows: unknown = Array.isArray(result) ? result : typeof result === 'object' && result !== null ? Reflect.get(result, 'rows') : null
  const row: unknown = Array.isArray(rows) ? rows[0] : null
  const answer: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, 'answer') : null
  return typeof answer === 'string' ? answer : null
}

/** `Client` and `PoolClient` of pg. A `Pool` has no transaction: each of its queries may run on another connection. */
function pgClient(tx: object): RecognisedTransaction | null {
  const query = method(tx, 'query')
  if (query === null || method(tx, 'escapeLiteral') === null) return null
  const database: unknown = Reflect.get(tx, 'database')
  const status: unknown = method(tx, 'getTransactionStatus')?.()
  return {
    database: typeof database === 'string' ? database : null,
    // What a failed transaction answers is PostgreSQL's to say.
    state: status === 'I' ? 'none' : status === 'T' || status === 'E' ? 'open' : 'unknown',
    query: async (text, values) => answerOf(await query(text, [...values])),
  }
}
