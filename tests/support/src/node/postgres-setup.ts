import { canStartPostgres, type PrivatePostgres, postgresAnswers, startPrivatePostgres } from './private-postgres.ts'

const standard = 'postgres://postgres@127.0.0.1:5432/postgres'
let server: PrivatePostgres | null = null

/** Vitest's, before the tests of the packages: an address from the environment, else the standard port, else a private server. */
export async function setup(): Promise<void> {
  if (process.env.TEST_POSTGRES_URL !== undefined) return
  if (!(await postgresAnswers(standard)) && canStartPostgres) server = await startPrivatePostgres()
  process.env.TEST_POSTGRES_URL = server?.url ?? standard
}

export async function teardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]()
}
