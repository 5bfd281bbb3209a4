import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Page } from '@playwright/test'
import { erpmax } from './build-page.ts'
import { expect } from './people.ts'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** ERPMax as a program of its own, embedded, with a worker; it keeps port and data over its restarts. */
export class Erpmax {
  readonly url: string
  readonly #port: number
  readonly #dataDir: string
  #process: ChildProcess | null = null

  private constructor(port: number, dataDir: string) {
    this.#port = port
    this.#dataDir = dataDir
    this.url = `http://127.0.0.1:${port}`
  }

  static async open(): Promise<Erpmax> {
    const program = new Erpmax(await freePort(), await mkdtemp(join(tmpdir(), 'erpmax-')))
    await program.start()
    return program
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--conditions=millrace-source', '--import', 'tsx', 'src/main.ts', '--embedded'], {
      cwd: erpmax,
      env: { ...process.env, NODE_OPTIONS: '', HOST: '127.0.0.1', PORT: String(this.#port), DATA_DIR: this.#dataDir, STEP_MS: '700' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#process = child
    const lines = createInterface({ input: child.stdout })
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => line.includes(`http://localhost:${this.#port}`) && resolve())
      child.once('exit', (code) => reject(new Error(`ERPMax ended with ${code}`)))
    })
  }

  /** SIGKILL: no goodbye, nothing flushed. Its worker notices, and ends. */
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

export function connection(page: Page) {
  return page.getByRole('button', { name: /^Connection:/ })
}

export async function comeIn(page: Page, program: Erpmax, name: string): Promise<void> {
  await page.goto(program.url)
  await page.getByRole('button', { name }).click()
  await expect(connection(page)).toHaveAttribute('data-state', 'live', { timeout: 30_000 })
}
