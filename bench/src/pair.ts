import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { LoadCommands, Mills } from './load/commands.ts'
import { type Child, startChild } from './process/child.ts'
import { maxOpenFiles } from './process/open-files.ts'
import { createDatabase, type OwnDatabase } from './process/postgres.ts'
import { type ReservedRedis, reserveRedis } from './process/redis.ts'
import type { Workshop } from './process/workshop.ts'
import type { Programs } from './programs.ts'
import type { Publishing, ServerCommands, ServerSetup } from './servers/commands.ts'
import { startFloor } from './servers/floor.ts'
import type { SubjectName } from './subject.ts'
import { benchTenant } from './wire.ts'

const serverCore = 0
const loadCore = 1
/** So much of what a process complained of goes into the table. */
const saidLength = 200
/** Files that a server has open beside its connections. */
const ownFiles = 200

export interface Server {
  readonly pid: number
  readonly port: number
  /** Answers how many were refused, over a quota. Throws where one failed. */
  publish(publishing: Publishing): Promise<{ readonly refused: number }>
  readonly ask: Child<ServerCommands>['ask']
  stop(): Promise<void>
}

interface ConnectOptions {
  readonly atOnce?: number
  readonly mills?: Mills
  readonly tenant?: string
  readonly from?: Child<LoadCommands>
  /** @default the pair's door */
  readonly to?: Server
  /** @default 0 */
  readonly firstUser?: number
}

/** One server with its load generator, fresh for each measurement. */
export interface Pair {
  /** The one that publishes. */
  readonly server: Server
  /** The one that clients connect to: the same, but in a cluster its last. */
  readonly door: Server
  /** All nodes of a cluster; else the one server. */
  readonly servers: readonly Server[]
  /** Null where there is none. */
  readonly database: OwnDatabase | null
  readonly redis: ReservedRedis | null
  readonly load: Child<LoadCommands>
  /** All load generators of this server. */
  readonly loads: readonly Child<LoadCommands>[]
  /** Starts another, for clients whose coming and going is not to delay the others'. */
  startLoad(): Child<LoadCommands>
  /** Opens connections as this subject's clients do. Answers once all are ready. */
  connect(group: string, count: number, options?: ConnectOptions): Promise<LoadCommands['connect']['answer']>
}

export interface PairOptions {
  /** With a PostgreSQL database of its own. */
  readonly postgres?: boolean
  /** So many servers, joined by Redis. */
  readonly nodes?: number
}

/** Starts a pair, and ends it when it has been used. */
export type StartPair = <T>(use: (pair: Pair) => Promise<T>, options?: PairOptions) => Promise<T>

async function startServer(name: SubjectName, { servers, floor }: Programs, setup: ServerSetup, logFile: string): Promise<Server> {
  if (name === 'floor') {
    if (floor === null) throw new Error('no C compiler')
    const process = await startFloor(floor, serverCore)
    return {
      ...process,
      async publish(publishing) {
        await process.publish(publishing)
        return { refused: 0 }
      },
      ask: () => Promise.reject(new Error('the loop in C only publishes')),
    }
  }
  const child = startChild<ServerCommands>({ program: servers[name], core: serverCore, logFile, setup })
  const { port } = await child.ask('listen', null)
  return {
    pid: child.pid,
    port,
    ask: child.ask,
    stop: child.stop,
    async publish(publishing) {
      const { refused, failed } = await child.ask('publish', publishing)
      if (failed > 0) throw new Error(`${failed} of ${publishing.count} publications failed`)
      return { refused }
    },
  }
}

/** The error, with what a process had to say. */
function explained(error: unknown, logFile: string): Error {
  const message = error instanceof Error ? error.message : String(error)
  const [said = ''] = existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().split('\n', 1) : []
  return new Error(said === '' ? message : `${message}; it said: ${said.slice(0, saidLength)}`, { cause: error })
}

export function pairsOf(name: SubjectName, programs: Programs, workshop: Workshop): StartPair {
  const protocol = name === 'ws' || name === 'floor' ? 'websocket' : 'socketio'
  return async (use, { postgres = false, nodes } = {}) => {
    const dataDir = workshop.dataDir()
    const logFile = join(dataDir, 'log')
    const running: { stop(): Promise<void> }[] = []
    let database: OwnDatabase | null = null
    let redis: ReservedRedis | null = null
    try {
      if (postgres) database = await createDatabase()
      if (nodes !== undefined) redis = await reserveRedis()
      const setup = { dataDir, postgresUrl: database?.url ?? null, ...(redis !== null && { redis: { url: redis.url, name: redis.name } }) }
      const server = await startServer(name, programs, setup, logFile)
      running.push(server)
      const servers = [server]
      while (servers.length < (nodes ?? 1)) {
        const another = await startServer(name, programs, setup, logFile)
        servers.push(another)
        running.push(another)
      }
      const door = servers.at(-1) ?? server
      const loads: Child<LoadCommands>[] = []
      const startLoad = (): Child<LoadCommands> => {
        const load = startChild<LoadCommands>({ program: programs.load, core: loadCore, logFile })
        loads.push(load)
        running.push(load)
        return load
      }
      const load = startLoad()
      return await use({
        server,
        door,
        servers,
        database,
        redis,
        load,
        loads,
        startLoad,
        async connect(group, count, { atOnce = 50, mills = [1], tenant = benchTenant, from = load, to = door, firstUser = 0 } = {}) {
          if (count + ownFiles > maxOpenFiles)
            throw new Error(`${count} connections need more than the ${maxOpenFiles} open files allowed here: raise it with ulimit -n`)
          return from.ask('connect', { port: to.port, protocol, group, count, firstUser, mills, tenant, atOnce })
        },
      })
    } catch (error) {
      throw explained(error, logFile)
    } finally {
      await Promise.all(running.map((process) => process.stop()))
      await database?.drop()
      await redis?.drop()
      rmSync(dataDir, { recursive: true, force: true })
    }
  }
}
