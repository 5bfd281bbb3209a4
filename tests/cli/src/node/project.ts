import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { within } from '@millrace-tests/support'

const root = join(import.meta.dirname, '../../../..')
// Inside the workspace, so that a configuration finds the packages as an application's would.
const folders = join(root, 'artefacts/cli')
const bin = join(root, 'packages/cli/src/bin.ts')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** The command, as a process. */
export interface Running {
  /** The first line of either stream that fits. */
  line(pattern: RegExp): Promise<string>
  readonly lines: readonly string[]
  readonly ended: Promise<Ended>
  signal(name: NodeJS.Signals): void
  /** Reads no more of what it writes. */
  hangUp(): void
}

/** A folder with a configuration, and the commands that run in it. */
export interface Project extends AsyncDisposable {
  readonly folder: string
  add(file: string, text: string): void
  start(args: readonly string[], options?: RunOptions): Running
  run(args: readonly string[], options?: RunOptions): Promise<Ended>
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

const lineWithinMs = 30_000

function watch(child: ChildProcess, what: string): Running {
  const lines: string[] = []
  const text = { out: '', err: '' }
  const waiting = new Set<() => void>()
  for (const [stream, name] of [
    [child.stdout, 'out'],
    [child.stderr, 'err'],
  ] as const) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      text[name] += `${line}\n`
      for (const look of [...waiting]) look()
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    ...text,
  }))

  async function line(pattern: RegExp): Promise<string> {
    const found = new Promise<string>((resolve) => {
      const look = () => {
        const fits = lines.find((each) => pattern.test(each))
        if (fits === undefined) return
        waiting.delete(look)
        resolve(fits)
      }
      waiting.add(look)
      look()
    })
    const early = ended.then(() => Promise.reject(new Error(`${what} has ended`)))
    try {
      return await within(lineWithinMs, `${what} writes ${pattern}`, Promise.race([found, early]))
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}; it wrote:\n${lines.join('\n')}`, { cause: error })
    }
  }
  return {
    line,
    lines,
    ended,
    signal: (name) => void child.kill(name),
    hangUp: () => void child.stdout?.destroy(),
  }
}

export function openProject(files: Readonly<Record<string, string>> = {}): Project {
  mkdirSync(folders, { recursive: true })
  const folder = mkdtempSync(join(folders, 'project-'))
  const running = new Set<Running>()
  const add = (file: string, text: string) => writeFileSync(join(folder, file), text)
  add('package.json', '{ "type": "module" }')
  for (const [file, text] of Object.entries(files)) add(file, text)

  function start(args: readonly string[], { env = {}, input = '' }: RunOptions = {}): Running {
    const child = spawn(process.execPath, ['--conditions=millrace-source', '--import', 'tsx', bin, ...args], {
      cwd: folder,
      // The configuration gets the sources too: loaded the other way, it would get what was built last.
      env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'test', JITI_TRY_NATIVE: 'true', ...env },
      stdio: 'pipe',
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    const command = watch(child, `millrace ${args.join(' ')}`)
    running.add(command)
    void command.ended.then(() => running.delete(command))
    return command
  }
  return {
    folder,
    add,
    start,
    run: (args, options) => within(lineWithinMs, `millrace ${args.join(' ')}`, start(args, options).ended),
    async [Symbol.asyncDispose]() {
      const left = [...running]
      for (const command of left) command.signal('SIGKILL')
      await Promise.all(left.map(({ ended }) => ended))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
