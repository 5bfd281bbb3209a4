import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { pinned } from '../process/child.ts'
import type { Publishing } from './commands.ts'

export interface FloorProcess {
  readonly pid: number
  readonly port: number
  publish(publishing: Publishing): Promise<void>
  stop(): Promise<void>
}

/** Starts the loop in C, which speaks lines instead of messages. */
export async function startFloor(program: string, core: number): Promise<FloorProcess> {
  const child = spawn(...pinned(core, [program]), { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the loop in C has ended')
    return String(value)
  }
  return {
    pid: child.pid ?? 0,
    port: Number(await nextLine()),
    async publish({ perSecond, perTurn, count, padBytes }) {
      child.stdin.write(`publish ${perSecond} ${perTurn} ${count} ${padBytes}\n`)
      await nextLine()
    },
    async stop() {
      child.kill('SIGKILL')
      await gone
    },
  }
}
