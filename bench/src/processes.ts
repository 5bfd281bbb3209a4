import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ServerAnswers, ServerCommand } from './protocol.ts'

export type SubjectName = 'stock' | 'millrace'

export interface ServerProcess {
  readonly port: number
  readonly pid: number
  ask<D extends ServerCommand['do']>(command: Extract<ServerCommand, { do: D }>): Promise<ServerAnswers[D]>
  stop(): Promise<void>
}

const taskset = spawnSync('taskset', ['--version']).status === 0
export const pinned = taskset ? 'server and load generator on a core each' : 'not pinned to cores (no `taskset`)'

/** Keeps a process on one core, so that the server and the load do not take each other's time. */
export function pin(child: ChildProcess | { readonly pid: number }, core: number): void {
  if (taskset) spawnSync('taskset', ['-a', '-p', '-c', String(core), String(child.pid)])
}

/** Starts one of the two servers in a process of its own. */
export async function startServer(name: SubjectName): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL(`./servers/${name}.ts`, import.meta.url)), {
    execArgv: ['--expose-gc', '--conditions=millrace-source', '--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let last = 0
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the ${name} server ended with ${code}`)))
    child.on('message', (message: { port?: number; id?: number; result?: unknown; error?: string }) => {
      if (message.port !== undefined) return resolve(message.port)
      const waiter = waiting.get(message.id ?? -1)
      waiting.delete(message.id ?? -1)
      if (message.error !== undefined) waiter?.reject(new Error(message.error))
      else waiter?.resolve(message.result)
    })
  })
  pin(child, 0)
  return {
    port,
    pid: child.pid ?? 0,
    ask(command) {
      const id = ++last
      // Holds: the server answers each command with its own kind of answer.
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
        child.send({ id, command })
      })
    },
    async stop() {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      child.disconnect()
      await gone
    },
  }
}
