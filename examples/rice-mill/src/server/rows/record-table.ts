import { all, type Database, one, run, type SqlValue } from '../database.ts'
import { readCursor, toCursor } from './cursor.ts'
import type { PageRequest } from './queries.ts'

/** A record of a mill, as it is answered and published. */
interface MillRecord {
  readonly _id: string
  readonly id: string
  readonly millId: string
}

/** Only rows whose column compares like this; a filter without a value lets all rows pass. */
export interface Filter {
  readonly column: string
  readonly is: '=' | '>=' | '<=' | 'contains'
  readonly value: string | undefined
}

export interface Page<T> {
  readonly items: readonly T[]
  /** Where the next page begins; null at the end. */
  readonly cursor: string | null
}

export interface RecordTable<T extends MillRecord> {
  insert(db: Database, record: T): void
  /** Writes all fields of a record that is there. */
  replace(db: Database, record: T): void
  remove(db: Database, record: T): void
  /** Null for an id that is not of this mill. */
  find(db: Database, millId: string, id: string): T | null
  all(db: Database, millId: string, filters?: readonly Filter[]): T[]
  /** Newest first, by the records' numbers. */
  page(db: Database, millId: string, request: PageRequest, filters?: readonly Filter[]): Page<T>
}

type Row = Record<string, SqlValue>

function condition(filters: readonly Filter[]): { readonly sql: string; readonly values: readonly string[] } {
  const given = filters.flatMap(({ column, is, value }) => (value === undefined ? [] : [{ column, is, value }]))
  const sql = given
    .map(({ column, is }) => (is === 'contains' ? ` and instr(lower(${column}), lower(?)) > 0` : ` and ${column} ${is} ?`))
    .join('')
  return { sql, values: given.map(({ value }) => value) }
}

/** Reads and writes one kind of record. People inside a record (`{ id, name }`) are kept as JSON text: who they were then. */
export function recordTable<T extends MillRecord>(table: string, people: readonly (keyof T & string)[]): RecordTable<T> {
  function toRow({ _id, ...fields }: T): Row {
    const row: Record<string, unknown> = { ...fields }
    for (const field of people) row[field] = row[field] === null ? null : JSON.stringify(row[field])
    // Holds: records are flat but for the people in them.
    return row as Row
  }

  function toRecord(row: Row): T {
    const record: Record<string, unknown> = { _id: row.id, ...row }
    for (const field of people) record[field] = row[field] === null ? null : JSON.parse(String(row[field]))
    // Holds: the table was only written by `toRow`.
    return record as unknown as T
  }

  return {
    insert(db, record) {
      const row = toRow(record)
      const columns = Object.keys(row)
      run(db, `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`, ...Object.values(row))
    },
    replace(db, record) {
      const row = toRow(record)
      const columns = Object.keys(row)
      run(db, `update ${table} set ${columns.map((column) => `${column} = ?`).join(', ')} where id = ?`, ...Object.values(row), record.id)
    },
    remove(db, record) {
      run(db, `delete from ${table} where id = ?`, record.id)
    },
    find(db, millId, id) {
      const row = one<Row>(db, `select * from ${table} where millId = ? and id = ?`, millId, id)
      return row && toRecord(row)
    },
    all(db, millId, filters = []) {
      const { sql, values } = condition(filters)
      return all<Row>(db, `select * from ${table} where millId = ?${sql} order by rowid`, millId, ...values).map(toRecord)
    },
    page(db, millId, { cursor, limit }, filters = []) {
      const { sql, values } = condition(filters)
      const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : readCursor(cursor)
      const rows = all<Row>(
        db,
        `select * from ${table} where millId = ? and number < ?${sql} order by number desc limit ?`,
        millId,
        before,
        ...values,
        limit + 1,
      )
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return { items: rows.slice(0, limit).map(toRecord), cursor: last === undefined ? null : toCursor(Number(last.number)) }
    },
  }
}
