import {
  eventually,
  type PrivatePostgres,
  type PrivateRedis,
  pause,
  startPrivatePostgres,
  startPrivateRedis,
} from '@millrace-tests/support'
import { type ServerSettings, startTestProcess, type TestProcess } from '@millrace-tests/support/server'
import { startTcpProxy, type TcpProxy } from '../tcp-proxy.ts'
import type { BrokerKind } from './faults.ts'

/** One node, with ways of its own to PostgreSQL and Redis. */
export interface ClusterNode {
  readonly process: TestProcess
  readonly toPostgres: TcpProxy
  readonly toRedis: TcpProxy | null
  /** Takes connections: the front sends nobody to one that was killed or drains. */
  readonly isUp: boolean
  /** SIGKILL or SIGTERM, then a new process in its place after `downMs`. */
  replace(signal: 'SIGKILL' | 'SIGTERM', downMs: number): Promise<void>
}

export interface Cluster extends AsyncDisposable {
  readonly nodes: readonly ClusterNode[]
  readonly postgres: PrivatePostgres
  readonly redis: PrivateRedis | null
  /** Where clients connect: each new connection goes to the next node that is up, as behind a load balancer without stickiness. */
  readonly front: TcpProxy
  readonly url: string
}

export interface ClusterOptions {
  readonly nodes: number
  readonly broker: BrokerKind
  readonly settings?: Partial<ServerSettings>
}

const startAttempts = 10

async function startNode(postgres: PrivatePostgres, redis: PrivateRedis | null, settings: Partial<ServerSettings>) {
  const toPostgres = await startTcpProxy({ targetPort: postgres.port })
  const toRedis = redis === null ? null : await startTcpProxy({ targetPort: redis.port })
  const postgresUrl = `postgres://postgres@127.0.0.1:${toPostgres.port}/postgres`
  const broker: ServerSettings['broker'] =
    toRedis === null ? { kind: 'postgres', url: postgresUrl } : { kind: 'redis', url: `redis://127.0.0.1:${toRedis.port}` }
  const start = (ports: Partial<ServerSettings>) => startTestProcess({ ...settings, ...ports, postgresUrl, broker })
  let child = await start({})
  let isUp = true
  return {
    toPostgres,
    toRedis,
    get process() {
      return child
    },
    get isUp() {
      return isUp
    },
    async replace(signal: 'SIGKILL' | 'SIGTERM', downMs: number) {
      isUp = false
      child.child.signal(signal)
      await child.child.exited
      await pause(downMs)
      // A node starts where its store can be reached; its supervisor tries again until it is.
      for (let attempt = 1; !isUp; attempt++) {
        try {
          child = await start({ port: child.port, controlPort: child.controlPort })
          isUp = true
        } catch (error) {
          if (attempt === startAttempts) throw error
          await pause(500)
        }
      }
    },
    async [Symbol.asyncDispose]() {
      await child.child.kill()
      await toPostgres.close()
      await toRedis?.close()
    },
  }
}

export async function startCluster({ nodes: count, broker, settings = {} }: ClusterOptions): Promise<Cluster> {
  const opened: AsyncDisposable[] = []
  async function dispose(): Promise<void> {
    for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]()
  }
  function keep<T extends AsyncDisposable>(each: T): T {
    opened.push(each)
    return each
  }
  try {
    const postgres = keep(await startPrivatePostgres())
    const redis = broker === 'redis' ? keep(await startPrivateRedis()) : null
    const nodes = await Promise.all(Array.from({ length: count }, async () => keep(await startNode(postgres, redis, settings))))
    let next = 0
    const front = keep(
      await startTcpProxy({
        targetPort() {
          const up = nodes.filter(({ isUp }) => isUp)
          return up[next++ % Math.max(1, up.length)]?.process.port ?? null
        },
      }),
    )
    await eventually('every node is ready', async () => {
      const reports = await Promise.all(nodes.map(({ process }) => process.health()))
      return reports.every(({ ready }) => ready)
    })
    return { nodes, postgres, redis, front, url: `http://127.0.0.1:${front.port}`, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
