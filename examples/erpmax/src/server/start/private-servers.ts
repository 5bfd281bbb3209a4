import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A server that was started for the orchestrator, and ends with it. */
export interface PrivateServer {
  readonly port: number
  stop(): Promise<void>
}

const debian = '/usr/lib/postgresql'

function folderWith(...programs: readonly string[]): string | null {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)]
  return folders.find((folder) => programs.every((program) => existsSync(join(folder, program)))) ?? null
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      // Holds: a server that listens on a port has an address of this kind.
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function started(child: ChildProcess, port: number, signal: NodeJS.Signals): PrivateServer {
  const end = () => void child.kill(signal)
  process.once('exit', end)
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        process.off('exit', end)
        if (child.exitCode !== null || child.signalCode !== null) return resolve()
        child.once('exit', () => resolve())
        child.kill(signal)
      }),
  }
}

/** Null where there is no `redis-server`. It keeps nothing. */
export async function startRedis(): Promise<PrivateServer | null> {
  const folder = folderWith('redis-server')
  if (folder === null) return null
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  // Detached: Ctrl-C comes to all processes of a terminal, and this one is to end last.
  return started(spawn(join(folder, 'redis-server'), args, { stdio: 'ignore', detached: true }), port, 'SIGTERM')
}

/** PostgreSQL refuses to run as root: there it is its own user's, who cannot look into root's folders. */
function ownerOf(dataDir: string): { readonly folder: string; readonly as: { readonly uid?: number; readonly gid?: number } } {
  if (process.getuid?.() !== 0) return { folder: join(dataDir, 'postgres'), as: {} }
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { folder: join(tmpdir(), 'erpmax-postgres'), as: { uid: id('-u'), gid: id('-g') } }
}

/** Null where PostgreSQL is not installed. Its data stay in `folder`. */
export async function startPostgres(dataDir: string): Promise<(PrivateServer & { readonly folder: string }) | null> {
  const programs = folderWith('initdb', 'postgres')
  if (programs === null) return null
  const { folder, as } = ownerOf(dataDir)
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid)
    execFileSync(join(programs, 'initdb'), ['-D', folder, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale'], {
      ...as,
      stdio: 'ignore',
    })
  }
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=']
  const args = ['-D', folder, ...settings.flatMap((setting) => ['-c', setting])]
  const child = spawn(join(programs, 'postgres'), args, { ...as, stdio: 'ignore', detached: true })
  return { folder, ...started(child, port, 'SIGINT') }
}
