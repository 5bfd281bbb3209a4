import type { Pool, PoolClient } from 'pg'

/** The business's own table in PostgreSQL. */
export const movementsTable =
  'create table if not exists movements (id bigint generated always as identity primary key, data text not null)'
export const insertMovement = 'insert into movements (data) values ($1)'

export async function inTransaction(pool: Pool, work: (tx: PoolClient) => Promise<void>): Promise<void> {
  const tx = await pool.connect()
  try {
    await tx.query('begin')
    await work(tx)
    await tx.query('commit')
  } catch (error) {
    await tx.query('rollback')
    throw error
  } finally {
    tx.release()
  }
}
