import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import { eventually } from './deadline.ts'
import { freePort } from './free-port.ts'
import { tempFolder } from './temp-folder.ts'

/** A Redis of the test's own, which may be stopped and started. */
export interface PrivateRedis extends AsyncDisposable {
  readonly port: number
  readonly url: string
  start(): Promise<void>
  /** Kills it. */
  stop(): Promise<void>
  /** SIGSTOP: connections stay, and nothing is answered. */
  freeze(): void
  thaw(): void
  /** The answer to a command of one line, as Redis writes it. */
  ask(command: string): Promise<string>
}

const program =
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'redis-server'))
    .find(existsSync) ?? null

/** Whether this machine has what a private server needs. */
export const canStartRedis = program !== null

async function ask(port: number, host: string, command: string): Promise<string> {
  const socket = connect({ port, host, timeout: 1_000 })
  try {
    await once(socket, 'connect')
    socket.write(`${command}\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}

export async function redisAnswers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  try {
    return /^[+-]/.test(await ask(Number(port), hostname, 'PING'))
  } catch {
    return false
  }
}

/** `settings` as on the command line: `['--requirepass', 'x']`. */
export async function startPrivateRedis({ settings = [] }: { readonly settings?: readonly string[] } = {}): Promise<PrivateRedis> {
  if (program === null) throw new Error('there is no Redis to start')
  const redisServer = program
  const folder = await tempFolder('redis')
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  let running: ChildProcess | null = null

  async function start(): Promise<void> {
    if (running !== null) return
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path, '--save', '', '--appendonly', 'no']
    running = spawn(redisServer, [...own, ...settings], { stdio: 'ignore' })
    await eventually('Redis answers', () => redisAnswers(url), { ms: 10_000 })
  }
  async function stop(): Promise<void> {
    const stopping = running
    if (stopping === null) return
    running = null
    const gone = once(stopping, 'exit')
    stopping.kill('SIGKILL')
    await gone
  }
  const endWithParent = (): void => void running?.kill('SIGKILL')
  process.once('exit', endWithParent)
  await start()
  return {
    ...{ port, url, start, stop },
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
    ask: (command) => ask(port, '127.0.0.1', command),
    async [Symbol.asyncDispose]() {
      process.off('exit', endWithParent)
      await stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}
