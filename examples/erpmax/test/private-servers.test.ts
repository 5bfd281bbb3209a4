import { connect } from 'node:net'
import { canStartPostgres, canStartRedis, eventually, tempFolder } from '@millrace-tests/support'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { startPostgres, startRedis } from '../src/server/start/private-servers.ts'

async function ask(port: number, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: `postgres://postgres@127.0.0.1:${port}/postgres` })
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query(text)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

describe('servers that are started for the orchestrator', () => {
  it.runIf(canStartPostgres)('keep what PostgreSQL was given over a restart', async () => {
    await using data = await tempFolder('erpmax-private')
    for (const time of ['first', 'second']) {
      const server = await startPostgres(data.path)
      const port = server?.port ?? 0
      await eventually('it answers', () => ask(port, 'select 1').then(Boolean, () => false), { ms: 20_000 })
      if (time === 'first') await ask(port, 'drop table if exists kept; create table kept as select 7 as n')
      expect(await ask(port, 'select n from kept')).toEqual([{ n: 7 }])
      await server?.stop()
      expect(await answers(port)).toBe(false)
    }
  })

  it.runIf(canStartRedis)('end with it', async () => {
    const server = await startRedis()
    const port = server?.port ?? 0
    await eventually('it answers', () => answers(port), { ms: 10_000 })
    await server?.stop()
    expect(await answers(port)).toBe(false)
  })
})
