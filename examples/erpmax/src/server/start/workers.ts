import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Clock } from '@millrace/contract'
import type { Logger } from '@millrace/server'
import { type Config, environmentOf } from './config.ts'
import { execArgv } from './exec-argv.ts'

const program = fileURLToPath(new URL('../../worker/main.ts', import.meta.url))
const again = 500

export interface Workers {
  /** Of the processes that run now. */
  readonly pids: readonly number[]
  stop(): Promise<void>
}

/** Keeps so many worker processes alive as the settings say: one that dies is replaced. */
export function startWorkers(config: Config, clock: Clock, logger: Logger): Workers {
  const running = new Set<ChildProcess>()
  let stopping = false

  function start(): void {
    if (stopping) return
    const child = fork(program, {
      execArgv,
      env: { ...process.env, ...environmentOf(config) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    running.add(child)
    child.once('exit', (code, signal) => {
      running.delete(child)
      if (stopping) return
      logger.warn({ code, signal }, 'a worker has ended: another one takes its place')
      clock.after(again, start)
    })
  }
  for (let index = 0; index < config.workers; index++) start()

  return {
    get pids() {
      return [...running].map(({ pid }) => pid ?? 0)
    },
    async stop() {
      stopping = true
      const gone = [...running].map((child) => new Promise<void>((resolve) => child.once('exit', () => resolve())))
      for (const child of running) child.kill('SIGTERM')
      const late = clock.after(5_000, () => {
        for (const child of running) child.kill('SIGKILL')
      })
      await Promise.all(gone)
      late.cancel()
    },
  }
}
