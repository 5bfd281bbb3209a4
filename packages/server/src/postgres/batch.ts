import type { PgEntry, PgRow, PgSql, PgValue, Stored } from './port.ts'
import { text, textOrNull } from './port.ts'

export interface KeyWindow {
  readonly now: number
  /** Idempotency keys at or before this time are forgotten. */
  readonly since: number
}

/** A group as `millrace.append` and `millrace.store` take it: one array per column, and the times for idempotency keys. */
function columns(entries: readonly PgEntry[], { now, since }: KeyWindow): readonly PgValue[] {
  const column = <T extends string | number | boolean | null>(of: (entry: PgEntry) => T): readonly T[] => entries.map(of)
  return [
    column(({ channel }) => channel),
    column(({ durable }) => durable),
    column(({ event }) => event),
    column(({ json }) => json),
    column(({ id }) => id),
    column(({ time }) => time),
    column(({ actor }) => actor?.id ?? null),
    column(({ actor }) => actor?.name ?? null),
    column(({ durable, key }) => (durable ? null : (key ?? ''))),
    column(({ durable, idempotencyKey }) => (durable ? (idempotencyKey ?? null) : null)),
    now,
    since,
  ]
}

const casts =
  '$1::text[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11, $12'

/** Per entry, the functions answer the offset of a durable one, negative where it is a duplicate, and the revision of a retained one. */
export function storedOf(row: PgRow, entries: readonly PgEntry[]): readonly Stored[] {
  const answers = textOrNull(row.offsets)?.split(',') ?? []
  const epoch = text(row.epoch)
  return answers.map((answer, index) => {
    const number = Math.abs(Number(answer))
    if (entries[index]?.durable) return { epoch, offset: number, duplicate: answer.startsWith('-'), revision: 0 }
    return { epoch, offset: 0, duplicate: false, revision: number }
  })
}

/** Stores a group in one statement. Null, and nothing stored, where committed entries of its channels have to move before it. */
export async function appendGroup(sql: PgSql, entries: readonly PgEntry[], window: KeyWindow): Promise<readonly Stored[] | null> {
  const [row] = await sql.rows(`SELECT epoch, offsets FROM millrace.append(${casts})`, columns(entries, window))
  return row === undefined ? null : storedOf(row, entries)
}

/** Stores a group in channels that this transaction has locked. */
export async function storeGroup(sql: PgSql, entries: readonly PgEntry[], window: KeyWindow): Promise<readonly Stored[]> {
  const [row] = await sql.rows(`SELECT epoch, offsets FROM millrace.store(${casts})`, columns(entries, window))
  return row === undefined ? [] : storedOf(row, entries)
}
