import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { riceMill } from './build-page.ts'

/** A port that is free now; the mill keeps it over its restarts, so that the pages find it again. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** The rice mill as a program of its own, with a data folder of its own. */
export class Mill {
  readonly url: string
  readonly #port: number
  readonly #dataDir: string
  #process: ChildProcess | null = null

  private constructor(port: number, dataDir: string) {
    this.#port = port
    this.#dataDir = dataDir
    this.url = `http://127.0.0.1:${port}`
  }

  static async open(): Promise<Mill> {
    const mill = new Mill(await freePort(), await mkdtemp(join(tmpdir(), 'rice-mill-')))
    await mill.start()
    return mill
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--conditions=millrace-source', '--import', 'tsx', 'src/main.ts'], {
      cwd: riceMill,
      env: { ...process.env, NODE_OPTIONS: '', HOST: '127.0.0.1', PORT: String(this.#port), DATA_DIR: this.#dataDir },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#process = child
    const lines = createInterface({ input: child.stdout })
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => line.includes(this.url.replace('127.0.0.1', 'localhost')) && resolve())
      child.once('exit', (code) => reject(new Error(`the mill ended with ${code}`)))
    })
  }

  /** SIGKILL: no goodbye, nothing flushed. */
  async kill(): Promise<void> {
    const child = this.#process
    if (child === null || child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    this.#process = null
  }

  async close(): Promise<void> {
    await this.kill()
    await rm(this.#dataDir, { recursive: true, force: true })
  }
}
