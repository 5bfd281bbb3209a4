import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { within } from '@millrace-tests/support'
import { documentOf, projectOf } from '../documents.ts'
import { extract } from './extract.ts'

/** A sample that runs as a process of its own. */
export interface Program {
  /** What it wrote, on either stream. */
  readonly lines: readonly string[]
  readonly exited: Promise<number | null>
  /** The first line that fits, from the line numbered `from` on. */
  line(pattern: RegExp, from?: number): Promise<string>
  write(line: string): void
  kill(signal: NodeJS.Signals): Promise<number | null>
}

/** A document's samples in a folder of their own, which is the working directory of the programs. */
export interface Samples {
  readonly folder: string
  readonly port: number
  readonly url: string
  /** Adds a file, for what the test does with the samples. */
  add(file: string, code: string): void
  /** What a sample exports; `Exports` says of it what the test relies on. */
  load<Exports>(file: string): Promise<Exports>
  run(file: string, options?: { readonly env?: Readonly<Record<string, string>>; readonly args?: readonly string[] }): Program
  /** Ends the programs that still run, and removes the folder. */
  close(): Promise<void>
}

// A client that comes back to a server that starts slowly waits for its own backoff, too.
const lineWithinMs = 45_000

/** A port that nobody listens on now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (typeof address !== 'object' || address === null) throw new Error('no port was given')
  return address.port
}

/** The samples of a document, exactly as printed but for the port 5000, which another program may use. */
export async function openSamples(document: string): Promise<Samples> {
  const port = await freePort()
  const { files, faults } = projectOf(documentOf(document))
  if (faults.length > 0) throw new Error(faults.join('\n'))
  const { folder, remove } = extract(document, files, port)
  const running = new Set<Program>()

  return {
    folder,
    port,
    url: `http://localhost:${port}`,
    add: (file, code) => writeFileSync(join(folder, file), code),
    load: (file) => import(join(folder, file)),
    run(file, { env = {}, args = [] } = {}) {
      const child = spawn(process.execPath, ['--conditions=millrace-source', '--import', 'tsx', file, ...args], {
        cwd: folder,
        env: { ...process.env, NODE_OPTIONS: '', ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      })
      const program = watch(child, file)
      running.add(program)
      void program.exited.then(() => running.delete(program))
      return program
    },
    async close() {
      await Promise.all([...running].map((program) => program.kill('SIGKILL')))
      remove()
    },
  }
}

function watch(child: ChildProcess, file: string): Program {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      for (const look of waiting) look()
    })
  }
  const endWithParent = () => void child.kill('SIGKILL')
  process.once('exit', endWithParent)
  const exited = once(child, 'exit').then(([code]: (number | null)[]) => {
    process.off('exit', endWithParent)
    return code ?? null
  })

  async function line(pattern: RegExp, from = 0): Promise<string> {
    const found = new Promise<string>((resolve) => {
      const look = () => {
        const fits = lines.slice(from).find((each) => pattern.test(each))
        if (fits === undefined) return
        waiting.delete(look)
        resolve(fits)
      }
      waiting.add(look)
      look()
    })
    const early = exited.then(() => {
      throw new Error(`${file} has ended`)
    })
    try {
      return await within(lineWithinMs, `${file} writes ${pattern}`, Promise.race([found, early]))
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}; it wrote:\n${lines.join('\n')}`, { cause: error })
    }
  }

  return {
    lines,
    exited,
    line,
    write: (text) => void child.stdin?.write(`${text}\n`),
    kill(signal) {
      child.kill(signal)
      return exited
    },
  }
}
