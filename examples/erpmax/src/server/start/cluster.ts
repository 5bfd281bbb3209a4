import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Clock } from '@millrace/contract'
import { type Config, environmentOf } from './config.ts'
import { execArgv } from './exec-argv.ts'
import { findNginx, startNginx } from './nginx.ts'
import { StartError } from './start-error.ts'

const program = fileURLToPath(new URL('../../node.ts', import.meta.url))

export interface NodeProcess {
  readonly port: number
  /** Resolves when it is gone. SIGTERM drains it, SIGKILL does not. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** One node in a process of its own; resolves when it is open. */
export async function startNode(config: Config): Promise<NodeProcess> {
  const child: ChildProcess = fork(program, {
    execArgv,
    env: { ...process.env, ...environmentOf(config) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message)))
    child.once('exit', (code) => reject(new StartError(`a node has ended before it was open (${code}): see its output above`)))
  })
  return {
    port,
    async end(signal) {
      child.kill(signal)
      await ended
    },
  }
}

export interface ClusterOptions {
  readonly nodes: number
  readonly sticky: boolean
  readonly clock: Clock
}

export interface Cluster {
  readonly nodes: readonly NodeProcess[]
  stop(): Promise<void>
}

/** Several nodes behind nginx, which has the port of the settings; the nodes have the next ones. */
export async function startCluster(config: Config, { nodes: count, sticky, clock }: ClusterOptions): Promise<Cluster> {
  const nginx = findNginx()
  if (nginx === null)
    throw new StartError('several nodes need nginx in front of them, which is not installed: install it, or start without --nodes')
  if (config.databaseUrl === undefined)
    throw new StartError('several nodes need PostgreSQL, which was not found: start it, set DATABASE_URL, or start without --nodes')
  // The same on every node: a token of one is good on all.
  const shared: Config = {
    ...config,
    jwtSecret: config.jwtSecret ?? randomBytes(48).toString('base64url'),
    trustedProxies: 1,
    host: '127.0.0.1',
  }
  const nodes: NodeProcess[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.end('SIGTERM')))
  }
  try {
    for (let index = 1; index <= count; index++) nodes.push(await startNode({ ...shared, port: config.port + index }))
    const front = await startNginx({ program: nginx, port: config.port, nodes: nodes.map(({ port }) => port), sticky, clock })
    return {
      nodes,
      async stop() {
        await stop()
        await front.stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
