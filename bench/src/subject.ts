import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { LoadCommands } from './load/commands.ts'
import { type Child, startChild } from './process/child.ts'
import type { Workshop } from './process/workshop.ts'
import type { Publishing, ServerCommands, ServerSetup } from './servers/commands.ts'
import { startFloor } from './servers/floor.ts'

/** Who is measured, in the order of the table's columns. */
export const subjectNames = ['stock', 'ws', 'floor', 'millrace'] as const
export type SubjectName = (typeof subjectNames)[number]

const serverCore = 0
const loadCore = 1
/** So much of a server's complaint goes into the table. */
const saidLength = 200

export interface Server {
  readonly pid: number
  readonly port: number
  publish(publishing: Publishing): Promise<void>
  readonly ask: Child<ServerCommands>['ask']
  stop(): Promise<void>
}

/** One server with its load generator, fresh for each measurement. */
export interface Pair {
  readonly server: Server
  readonly load: Child<LoadCommands>
  /** Opens connections as this subject's clients do. */
  connect(
    group: string,
    count: number,
    options?: { readonly atOnce?: number; readonly claims?: Readonly<Record<string, unknown>> },
  ): Promise<LoadCommands['connect']['answer']>
}

export type StartPair = <T>(use: (pair: Pair) => Promise<T>, setup?: Omit<ServerSetup, 'dataDir'>) => Promise<T>

/** What can be started of one run's programs. */
export interface Programs {
  readonly load: string
  readonly servers: Readonly<Record<Exclude<SubjectName, 'floor'>, string>>
  /** Null where there is no C compiler. */
  readonly floor: string | null
}

async function startServer(name: SubjectName, { servers, floor }: Programs, setup: ServerSetup, logFile: string): Promise<Server> {
  if (name === 'floor') {
    if (floor === null) throw new Error('no C compiler')
    const process = await startFloor(floor, serverCore)
    return { ...process, ask: () => Promise.reject(new Error('the loop in C only publishes')) }
  }
  const child = startChild<ServerCommands>({ program: servers[name], core: serverCore, logFile, setup })
  const { port } = await child.ask('listen', null)
  return {
    pid: child.pid,
    port,
    ask: child.ask,
    stop: child.stop,
    async publish(publishing) {
      const { failed } = await child.ask('publish', publishing)
      if (failed > 0) throw new Error(`${failed} of ${publishing.count} publications failed`)
    },
  }
}

/** Starts servers of one subject, each with a load generator of its own, and ends both when they have been used. */
export function pairsOf(name: SubjectName, programs: Programs, workshop: Workshop): StartPair {
  return async (use, setup = {}) => {
    const dataDir = workshop.dataDir()
    const logFile = join(dataDir, 'log')
    const server = await startServer(name, programs, { dataDir, ...setup }, logFile)
    const load = startChild<LoadCommands>({ program: programs.load, core: loadCore, logFile })
    const protocol = name === 'ws' || name === 'floor' ? 'websocket' : 'socketio'
    try {
      return await use({
        server,
        load,
        connect: (group, count, { atOnce = 50, claims = {} } = {}) =>
          load.ask('connect', { port: server.port, protocol, group, count, claims, atOnce }),
      })
    } catch (error) {
      const [said = ''] = readFileSync(logFile, 'utf8').split('\n', 1)
      throw said === '' ? error : new Error(`${error instanceof Error ? error.message : error}; it said: ${said.slice(0, saidLength)}`)
    } finally {
      await Promise.all([server.stop(), load.stop()])
      rmSync(dataDir, { recursive: true, force: true })
    }
  }
}
