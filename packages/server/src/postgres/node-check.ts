import type { PgDatabase } from './port.ts'

const write = `INSERT INTO millrace.node_checks (holder, at) VALUES ($1, now()) ON CONFLICT (holder) DO UPDATE SET at = excluded.at`

// Nodes that start together do not wait for each other.
const sweep = `
  DELETE FROM millrace.node_checks WHERE holder IN (
    SELECT holder FROM millrace.node_checks WHERE at < now() - interval '1 day' FOR UPDATE SKIP LOCKED)`

/** Writes that this node is well, to a row of its own. Only a start adds a row, so only the first check removes those that nobody has written for a day. */
export function nodeCheck(database: PgDatabase, holder: string): () => Promise<void> {
  let swept = false
  return async () => {
    await database.rows(write, [holder])
    if (swept) return
    await database.rows(sweep)
    swept = true
  }
}
