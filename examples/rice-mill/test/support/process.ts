import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { recorder } from '@millrace-tests/support'

const folder = fileURLToPath(new URL('../..', import.meta.url))

/** The real program, started as `npm start` starts it. */
export interface MillProcess extends AsyncDisposable {
  readonly out: readonly string[]
  readonly err: readonly string[]
  /** Resolves with the address that it prints; rejects when it ends before. */
  readonly address: Promise<string>
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
  signal(name: NodeJS.Signals): void
}

/** `shell`: as a child of a shell that passes no signals on, as npm starts it. */
export function spawnMill(env: Readonly<Record<string, string>>, { shell = false }: { readonly shell?: boolean } = {}): MillProcess {
  const { INIT_CWD: _, ...inherited } = process.env
  const args = ['--conditions=millrace-source', '--import', 'tsx', 'src/main.ts']
  const [command, commandArgs] = shell ? ['sh', ['-c', '"$0" "$@"; exit', process.execPath, ...args]] : [process.execPath, args]
  const child: ChildProcess = spawn(command, commandArgs, {
    cwd: folder,
    env: { ...inherited, NODE_OPTIONS: '', HOST: '127.0.0.1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out = recorder<string>()
  const err = recorder<string>()
  for (const [stream, lines] of [
    [child.stdout, out],
    [child.stderr, err],
  ] as const)
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => lines.push(line))

  const closed = once(child, 'close').then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null }))
  // It ends with the test, whichever way that ends.
  const endWithParent = () => void child.kill('SIGKILL')
  process.once('exit', endWithParent)
  void closed.then(() => process.off('exit', endWithParent))
  const open = out.find((line) => line.includes('http://')).then((line) => /http:\/\/\S+/.exec(line)?.[0] ?? '')
  const address = Promise.race([
    open,
    closed.then(({ code, signal }) => {
      throw new Error(`the mill ended before it was open (${code ?? signal}):\n${err.all.join('\n')}`)
    }),
  ])
  // Who does not ask for the address is not told that there is none.
  address.catch(() => {})
  return {
    out: out.all,
    err: err.all,
    address,
    exited: closed,
    signal: (name) => void child.kill(name),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
