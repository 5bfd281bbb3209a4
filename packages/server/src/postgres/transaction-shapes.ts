/** What is known of the application's transaction, and how a statement runs in it. */
export interface RecognisedTransaction {
  /** Null where it does not say. */
  readonly database: string | null
  /** It says that no transaction is open. */
  readonly ended: boolean
  /** Runs one statement with `$1`, `$2` …, each used once and in order; answers the column `answer` of its one row. */
  query(text: string, values: readonly (string | null)[]): Promise<string | null>
}

type Method = (...values: readonly unknown[]) => unknown

function property(on: unknown, name: string): unknown {
  return (typeof on === 'object' || typeof on === 'function') && on !== null ? Reflect.get(on, name) : undefined
}
function method(on: unknown, name: string): Method | null {
  const found = property(on, name)
  // Holds: what is callable is called with whatever it takes; what it answers is looked at.
  return typeof found === 'function' ? (found.bind(on) as Method) : null
}

/** The column `answer` of the only row, in whatever a library answers: rows, or a result with rows. */
function answerOf(result: unknown): string | null {
  const rows = Array.isArray(result) ? result : property(result, 'rows')
  const answer = Array.isArray(rows) ? property(rows[0], 'answer') : null
  return typeof answer === 'string' ? answer : null
}

/** `Client` and `PoolClient` of pg. A `Pool` has no transaction: each of its statements may run on another connection. */
function ofPg(tx: unknown): RecognisedTransaction | null {
  const query = method(tx, 'query')
  if (query === null || method(tx, 'escapeLiteral') === null) return null
  const database = property(tx, 'database')
  return {
    database: typeof database === 'string' ? database : null,
    // Unknown to versions before 8.19. What a failed transaction answers is PostgreSQL's to say.
    ended: method(tx, 'getTransactionStatus')?.() === 'I',
    query: async (text, values) => answerOf(await query(text, [...values])),
  }
}

/** `Transaction` of Kysely. One that has ended says so itself when it is used. */
function ofKysely(tx: unknown): RecognisedTransaction | null {
  const execute = method(tx, 'executeQuery')
  if (execute === null || property(tx, 'isTransaction') !== true) return null
  return {
    database: null,
    ended: property(tx, 'isCommitted') === true || property(tx, 'isRolledBack') === true,
    query: async (sql, parameters) =>
      // As its `CompiledQuery.raw` makes it.
      answerOf(
        await execute({
          ...{ sql, parameters, queryId: { queryId: 'millrace' } },
          query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
        }),
      ),
  }
}

/** `PgTransaction` of Drizzle, whatever driver it is on; with pg below it, the client says what it knows. */
function ofDrizzle(tx: unknown): RecognisedTransaction | null {
  const session = property(property(tx, '_'), 'session')
  const prepare = method(session, 'prepareQuery')
  if (prepare === null || method(tx, 'rollback') === null) return null
  const client = ofPg(property(session, 'client'))
  return {
    database: client?.database ?? null,
    ended: client?.ended ?? false,
    query: async (sql, params) => answerOf(await method(prepare({ sql, params }, undefined, undefined, false), 'execute')?.()),
  }
}

/** `Transaction` of Knex. */
function ofKnex(tx: unknown): RecognisedTransaction | null {
  const raw = method(tx, 'raw')
  if (raw === null || property(tx, 'isTransaction') !== true) return null
  const database = property(property(property(tx, 'client'), 'connectionSettings'), 'database')
  return {
    database: typeof database === 'string' ? database : null,
    ended: method(tx, 'isCompleted')?.() === true,
    query: async (text, values) => answerOf(await raw(text.replaceAll(/\$\d+/g, '?'), [...values])),
  }
}

/** The client of Prisma's interactive transactions, which unlike `PrismaClient` cannot be disconnected. */
function ofPrisma(tx: unknown): RecognisedTransaction | null {
  const query = method(tx, '$queryRawUnsafe')
  if (query === null || method(tx, '$disconnect') !== null) return null
  return { database: null, ended: false, query: async (text, values) => answerOf(await query(text, ...values)) }
}

const shapes = [ofPg, ofKysely, ofDrizzle, ofKnex, ofPrisma]

/** Knows the transactions of pg, Kysely, Drizzle, Knex and Prisma by their shape (OUT5): none of the libraries is needed here. */
export function recogniseTransaction(tx: unknown): RecognisedTransaction | null {
  for (const shape of shapes) {
    const found = shape(tx)
    if (found !== null) return found
  }
  return null
}
