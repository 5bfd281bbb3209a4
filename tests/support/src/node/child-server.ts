import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { within } from './deadline.ts'

export interface ChildServer {
  readonly pid: number
  /** What the child sent as its first message. */
  readonly ready: Readonly<Record<string, unknown>>
  /** Every line it wrote, oldest first; the newest 2,000 are kept. */
  readonly lines: readonly string[]
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly alive: boolean
  signal(name: NodeJS.Signals): void
  /** SIGKILL, and waits until it is gone. Idempotent. */
  kill(): Promise<void>
}

export interface ChildServerOptions {
  /** A TypeScript file that calls `process.send` once it is ready. */
  readonly entry: URL
  readonly env?: Readonly<Record<string, string>>
  readonly readyWithinMs?: number
}

const keptLines = 2_000

/** Starts a server as a process of its own, so that it can be killed. It ends with its parent. */
export async function startChildServer({ entry, env, readyWithinMs = 30_000 }: ChildServerOptions): Promise<ChildServer> {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=millrace-source', '--import', 'tsx', entry.pathname], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
    })
  }
  const exited = once(child, 'exit').then(([code, signal]) => ({ code: code as number | null, signal: signal as NodeJS.Signals | null }))
  const endWithParent = () => void child.kill('SIGKILL')
  process.once('exit', endWithParent)
  void exited.then(() => process.off('exit', endWithParent))

  const first = once(child, 'message').then(([message]) => message as Record<string, unknown>)
  const early = exited.then(({ code, signal }) => {
    throw new Error(`the server ended before it was ready (${code ?? signal}):\n${lines.slice(-20).join('\n')}`)
  })
  const ready = await within(readyWithinMs, 'start of the server', Promise.race([first, early])).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw error
  })
  early.catch(() => {})

  return {
    pid: child.pid ?? -1,
    ready,
    lines,
    exited,
    get alive() {
      return child.exitCode === null && child.signalCode === null
    },
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
