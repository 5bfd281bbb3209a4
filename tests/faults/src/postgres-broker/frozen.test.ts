import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ChannelKey } from '@millrace/server'
import { postgresBroker } from '@millrace/server/postgres'
import { eventually, startPrivatePostgres } from '@millrace-tests/support'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { postgresIsThere } from '../postgres/test-server.ts'

// Holds: written as `channelKey` does for this tenant.
const mill = 'acme/mill:1' as ChannelKey
const entry = fileURLToPath(new URL('./listener.ts', import.meta.url))
/** More than the kernel takes for a process that does not read. */
const messages = 2_000
const json = JSON.stringify('x'.repeat(7_000))

function startListener(url: string) {
  const child = spawn(process.execPath, ['--conditions=millrace-source', '--import', 'tsx', entry], {
    env: { ...process.env, NODE_OPTIONS: '', BROKER_URL: url, BROKER_CHANNEL: mill },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  return { said, signal: (name: NodeJS.Signals) => child.kill(name), [Symbol.dispose]: () => void child.kill('SIGKILL') }
}

describe.runIf(postgresIsThere)('a node that stands still', () => {
  it('[BP4] [HLT2] does not fill the queue of all: PostgreSQL lets it go within seconds, and it comes back', async () => {
    await using server = await startPrivatePostgres()
    await using broker = { broker: await postgresBroker({ url: server.url }), [Symbol.asyncDispose]: () => broker.broker.close() }
    const admin = new Client({ connectionString: server.url })
    await admin.connect()
    const queued = async (): Promise<number> => Number((await admin.query('SELECT pg_notification_queue_usage() AS share')).rows[0]?.share)
    try {
      using frozen = startListener(server.url)
      await eventually('it listens', () => frozen.said.includes('ready'), { ms: 20_000 })
      frozen.signal('SIGSTOP')
      for (let index = 0; index < messages; index += 1)
        await broker.broker.publish({ channel: mill, delivery: 'volatile', event: 'e', json, id: String(index), time: 1 })
      expect(await queued()).toBeGreaterThan(0)
      await eventually('the queue is empty', async () => (await queued()) === 0, { ms: 20_000 })
      frozen.signal('SIGCONT')
      await eventually('it is back', () => frozen.said.includes('restored'))
    } finally {
      await admin.end()
    }
  })
})
