import { randomUUID } from 'node:crypto'
import { Client } from 'pg'

const server = process.env.BENCH_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

async function asOwner(sql: string): Promise<void> {
  const client = new Client({ connectionString: server })
  client.on('error', () => undefined)
  await client.connect().catch((error: unknown) => {
    throw new Error('no PostgreSQL: set BENCH_POSTGRES_URL', { cause: error })
  })
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** A database of a measurement's own, on the server of BENCH_POSTGRES_URL. Throws where there is none. */
export async function createDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `millrace_bench_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  await asOwner(`create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => asOwner(`drop database if exists ${name} with (force)`) }
}
