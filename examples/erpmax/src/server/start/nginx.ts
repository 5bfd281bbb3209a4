import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '@millrace/contract'
import { StartError } from './start-error.ts'

const folder = fileURLToPath(new URL('../../../nginx', import.meta.url))
const openWithinMs = 5_000

/** Where nginx is; null where it is not installed. */
export function findNginx(path: string = process.env.PATH ?? ''): string | null {
  const candidates = [...path.split(delimiter), '/usr/sbin', '/usr/local/sbin'].map((each) => join(each, 'nginx'))
  const executable = (file: string) => {
    try {
      accessSync(file, constants.X_OK)
      return true
    } catch {
      return false
    }
  }
  return candidates.find(executable) ?? null
}

export interface NginxOptions {
  readonly program: string
  readonly port: number
  /** Of the nodes, on this machine. */
  readonly nodes: readonly number[]
  /** Whether all requests of an address go to one node. */
  readonly sticky: boolean
  readonly clock: Clock
}

export interface Nginx {
  stop(): Promise<void>
}

/** The configuration of the folder `nginx`, for nodes of this machine. */
function configuration({ port, nodes, sticky }: NginxOptions): string {
  const shipped = readFileSync(join(folder, sticky ? 'sticky.conf' : 'websocket.conf'), 'utf8')
  const [, settings = ''] = /server app1:8000(.*);/.exec(shipped) ?? []
  return shipped
    .replace(/ *server app2:8000.*;\n/, '')
    .replace(/( *)server app1:8000.*;/, (_, indent: string) =>
      nodes.map((node) => `${indent}server 127.0.0.1:${node}${settings};`).join('\n'),
    )
    .replace('listen 8000;', `listen ${port};`)
}

/** Starts nginx in front of the nodes; resolves when it takes connections. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const home = mkdtempSync(join(tmpdir(), 'erpmax-nginx-'))
  mkdirSync(join(home, 'logs'))
  writeFileSync(join(home, 'nginx.conf'), configuration(options))
  const args = ['-p', home, '-e', 'stderr', '-c', 'nginx.conf', '-g', 'daemon off;']
  const child: ChildProcess = spawn(options.program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2_000)
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const killed = () => void child.kill('SIGTERM')
  process.once('exit', killed)
  try {
    await untilOpen(options, () => child.exitCode === null)
  } catch (error) {
    child.kill('SIGTERM')
    throw new StartError(
      `nginx does not start (${said.trim().replaceAll(/\s+/g, ' ') || String(error)}): set PORT, or start without --nodes`,
    )
  }
  return {
    async stop() {
      process.off('exit', killed)
      child.kill('SIGTERM')
      await ended
      rmSync(home, { recursive: true, force: true })
    },
  }
}

async function untilOpen({ port, clock }: NginxOptions, alive: () => boolean): Promise<void> {
  const end = clock.now() + openWithinMs
  while (alive() && clock.now() < end) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(true))
      socket.once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise<void>((resolve) => clock.after(50, resolve))
  }
  throw new Error('no answer')
}
