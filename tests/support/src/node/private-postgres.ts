import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Client } from 'pg'
import { eventually } from './deadline.ts'
import { freePort } from './free-port.ts'
import { tempFolder } from './temp-folder.ts'

/** A PostgreSQL of the test's own, which may be stopped and started. */
export interface PrivatePostgres extends AsyncDisposable {
  readonly port: number
  readonly url: string
  start(): Promise<void>
  /** `fast` ends transactions and connections; `crash` is a loss of power: the next start recovers. */
  stop(how: 'fast' | 'crash'): Promise<void>
  /** Starts as a standby that was just promoted: a new timeline, as after a failover or a restore to a point in time. */
  promote(): Promise<void>
}

const debian = '/usr/lib/postgresql'

/** The folder with `initdb` and `postgres`; null where there is none. */
function programs(): string | null {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)]
  return folders.find((folder) => ['initdb', 'postgres'].every((program) => existsSync(join(folder, program)))) ?? null
}

const found = programs()

/** Whether this machine has what a private server needs. */
export const canStartPostgres = found !== null

/** PostgreSQL refuses to run as root: it is then its own user's. */
function owner(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

export async function postgresAnswers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

export async function startPrivatePostgres(): Promise<PrivatePostgres> {
  if (found === null) throw new Error('there is no PostgreSQL to start')
  const folder = await tempFolder('postgres')
  const user = owner()
  if (user !== null) chownSync(folder.path, user.uid, user.gid)
  const as = user ?? {}
  const data = join(folder.path, 'data')
  execFileSync(join(found, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale'], {
    ...as,
    stdio: 'ignore',
  })
  const port = await freePort()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  let running: ChildProcess | null = null

  async function start(): Promise<void> {
    if (found === null || running !== null) return
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=', 'max_connections=200']
    running = spawn(join(found, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], { ...as, stdio: 'ignore' })
    await eventually('PostgreSQL answers', () => postgresAnswers(url), { ms: 20_000 })
  }
  async function stop(how: 'fast' | 'crash'): Promise<void> {
    const stopping = running
    if (stopping === null) return
    running = null
    const gone = once(stopping, 'exit')
    stopping.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await gone
  }
  async function promote(): Promise<void> {
    await stop('fast')
    const signal = join(data, 'standby.signal')
    writeFileSync(signal, '')
    if (user !== null) chownSync(signal, user.uid, user.gid)
    await start()
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query('SELECT pg_promote()')
    await client.end()
  }
  const endWithParent = (): void => void running?.kill('SIGQUIT')
  process.once('exit', endWithParent)
  await start()
  return {
    ...{ port, url, start, stop, promote },
    async [Symbol.asyncDispose]() {
      process.off('exit', endWithParent)
      await stop('crash')
      await folder[Symbol.asyncDispose]()
    },
  }
}
