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

type Environment = Readonly<Record<string, string>>

/** The rice mill as a program of its own, with a data folder of its own. */
export class Mill {
  readonly url: string
  readonly #port: number
  readonly #dataDir: string
  readonly #env: Environment
  #process: ChildProcess | null = null

  private constructor(port: number, dataDir: string, env: Environment) {
    this.#env = env
    this.#port = port
    this.#dataDir = dataDir
    this.url = `http://127.0.0.1:${port}`
  }

  /** `env`: settings of its own, such as `ACCESS_TOKEN_TTL`. */
  static async open(env: Environment = {}): Promise<Mill> {
    const mill = new Mill(await freePort(), await mkdtemp(join(tmpdir(), 'rice-mill-')), env)
    await mill.start()
    return mill
  }

  /** Starts it, unless it runs. */
  async start(): Promise<void> {
    if (this.#process !== null && this.#process.exitCode === null) return
    const child = spawn(process.execPath, ['--conditions=millrace-source', '--import', 'tsx', 'src/main.ts'], {
      cwd: riceMill,
      env: { ...process.env, NODE_OPTIONS: '', HOST: '127.0.0.1', PORT: String(this.#port), DATA_DIR: this.#dataDir, ...this.#env },
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
