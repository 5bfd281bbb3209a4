import type Libsql from 'libsql'
import { describe, expectTypeOf, it } from 'vitest'
import type { DatabaseHandle } from './index.ts'

/** As `@types/better-sqlite3` declares it. */
interface BetterStatement<Parameters extends unknown[]> {
  run(...params: Parameters): { changes: number; lastInsertRowid: number | bigint }
  get(...params: Parameters): unknown
  all(...params: Parameters): unknown[]
}
interface BetterDatabase {
  readonly inTransaction: boolean
  prepare<P extends unknown[] | Record<string, unknown> = unknown[]>(
    source: string,
  ): P extends unknown[] ? BetterStatement<P> : BetterStatement<[P]>
  exec(source: string): this
  close(): this
}

/** As `@types/node` declares `node:sqlite`. */
type SQLInputValue = null | number | bigint | string | Uint8Array
interface StatementSync {
  run(...anonymousParameters: SQLInputValue[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  get(...anonymousParameters: SQLInputValue[]): Record<string, unknown> | undefined
  all(...anonymousParameters: SQLInputValue[]): Record<string, unknown>[]
}
interface DatabaseSync {
  readonly isTransaction: boolean
  prepare(sql: string): StatementSync
  exec(sql: string): void
  close(): void
}

describe('handles that the store takes', () => {
  it('[OUT5] are those of better-sqlite3, libsql and node:sqlite as their types declare them', () => {
    expectTypeOf<BetterDatabase>().toExtend<DatabaseHandle>()
    expectTypeOf<Libsql.Database>().toExtend<DatabaseHandle>()
    expectTypeOf<DatabaseSync>().toExtend<DatabaseHandle>()
    expectTypeOf<string>().not.toExtend<DatabaseHandle>()
  })
})
