import { randomUUID } from 'node:crypto'
import { Client } from 'pg'

const server = process.env.BENCH_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'

async function asOwner(sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: server })
  client.on('error', () => undefined)
  await client.connect().catch((error: unknown) => {
    throw new Error('no PostgreSQL: set BENCH_POSTGRES_URL', { cause: error })
  })
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql)
    return rows
  } finally {
    await client.end()
  }
}

export interface OwnDatabase {
  readonly url: string
  /** The server's processes that serve its connections, on this machine. */
  backends(): Promise<readonly number[]>
  drop(): Promise<void>
}

/** A database of a measurement's own, on the server of BENCH_POSTGRES_URL. Throws where there is none. */
export async function createDatabase(): Promise<OwnDatabase> {
  const name = `millrace_bench_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  await asOwner(`create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    async backends() {
      const rows = await asOwner(`select pid from pg_stat_activity where datname = '${name}'`)
      return rows.map(({ pid }) => Number(pid))
    },
    async drop() {
      await asOwner(`drop database if exists ${name} with (force)`)
    },
  }
}
