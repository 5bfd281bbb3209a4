import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Recorder, recorder } from '@millrace-tests/support'

/** Debian's own Python: it sees the packages that apt installs. */
const python = '/usr/bin/python3'
const needed = ['socketio', 'aiohttp', 'websocket', 'requests']
export const howToGetIt = 'apt-get install -y python3-socketio python3-aiohttp python3-websocket python3-requests'

export function pythonSocketIoInstalled(): boolean {
  return spawnSync(python, ['-c', `import ${needed.join(', ')}`]).status === 0
}

export interface PythonOptions {
  readonly mode: 'sync' | 'async'
  readonly url: string
  readonly token: string
  readonly namespace: string
  readonly transports: readonly string[] | null
}

export interface PythonClient {
  /** Events, and what the client tells of itself: `#connect`, `#disconnect`, `#connect_error`, `#ack`, `#transport`. */
  readonly heard: Recorder<{ readonly event: string; readonly args: readonly unknown[] }>
  command(command: { readonly do: 'emit' | 'call'; readonly event: string; readonly data: unknown } | { readonly do: 'transport' }): void
  /** Ends its input: it says goodbye. Resolves with the exit code and what it wrote to its error output. */
  quit(): Promise<{ readonly code: number | null; readonly errors: string }>
  kill(): void
}

/** A python-socketio client in a process of its own. */
export function startPythonClient(options: PythonOptions): PythonClient {
  const child = spawn(python, [new URL('client.py', import.meta.url).pathname, JSON.stringify(options)], { stdio: 'pipe' })
  const heard: PythonClient['heard'] = recorder()
  // Holds: the script writes lines of this shape and nothing else.
  createInterface({ input: child.stdout }).on('line', (line) => heard.push(JSON.parse(line) as (typeof heard.all)[number]))
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
  })
  child.stdin.on('error', () => {})
  const exited = once(child, 'close').then(([code]) => ({ code: code as number | null, errors }))
  return {
    heard,
    command: (command) => void child.stdin.write(`${JSON.stringify(command)}\n`),
    quit() {
      child.stdin.end()
      return exited
    },
    kill: () => void child.kill('SIGKILL'),
  }
}
