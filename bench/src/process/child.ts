import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Answer, Commands, Question } from './answer-commands.ts'

export interface Child<C extends Commands<C>> {
  readonly pid: number
  /** Rejects when the process answers with an error, or ends. */
  ask<K extends keyof C & string>(name: K, input: C[K]['input']): Promise<C[K]['answer']>
  stop(): Promise<void>
}

const taskset = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0
export const pinning = taskset ? 'server and load generator on a core each' : 'not pinned to cores (one core, or no `taskset`)'

/** The command line that keeps a program, with all its threads, on one core. */
export function pinned(core: number, command: readonly string[]): readonly [string, string[]] {
  const [program = '', ...args] = taskset ? ['taskset', '-c', String(core), ...command] : command
  return [program, args]
}

export interface ChildOptions {
  readonly program: string
  readonly core: number
  /** What it writes goes there: a server that complains about each of 10,000 connections is not to fill the screen. */
  readonly logFile: string
  readonly setup?: object
}

/** Starts a program of ours in a process of its own, on one core. */
export function startChild<C extends Commands<C>>({ program, core, logFile, setup = {} }: ChildOptions): Child<C> {
  const log = openSync(logFile, 'a')
  const child = spawn(...pinned(core, [process.execPath, '--expose-gc', program, JSON.stringify(setup)]), {
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let last = 0
  let over: Error | null = null
  const gone = new Promise<void>((resolve) => {
    const end = (why: string): void => {
      over ??= new Error(why)
      for (const { reject } of waiting.values()) reject(over)
      waiting.clear()
      resolve()
    }
    child.once('exit', (code, signal) => end(`the process ended with ${signal ?? code}`))
    child.once('error', (error) => end(error.message))
  })
  child.on('message', (message: Answer) => {
    const waiter = waiting.get(message.id)
    waiting.delete(message.id)
    if ('error' in message) waiter?.reject(new Error(message.error))
    else waiter?.resolve(message.answer)
  })
  return {
    pid: child.pid ?? 0,
    ask(name, input) {
      const question: Question = { id: ++last, name, input }
      return new Promise((resolve, reject) => {
        if (over !== null) return reject(over)
        // Holds: the process answers each command with its own kind of answer.
        waiting.set(question.id, { resolve: resolve as (value: unknown) => void, reject })
        child.send(question)
      })
    },
    async stop() {
      // One that is saturated takes its time to notice anything: nothing in it is needed any more.
      child.kill('SIGKILL')
      await gone
    },
  }
}
