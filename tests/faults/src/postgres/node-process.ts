import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface HandedOver {
  readonly id: string
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** A relay node as a process of its own. */
export interface NodeProcess {
  readonly pid: number
  signal(name: NodeJS.Signals): void
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>
}

const entry = fileURLToPath(new URL('./relay-node.ts', import.meta.url))

/** Resolves when the node has opened its store and listens. */
export async function startNode(url: string, onHandedOver: (one: HandedOver) => void): Promise<NodeProcess> {
  const child: ChildProcess = spawn(process.execPath, ['--conditions=millrace-source', '--import', 'tsx', entry], {
    env: { ...process.env, NODE_OPTIONS: '', STORE_URL: url },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  await new Promise<void>((resolve, reject) => {
    void exited.then(() => reject(new Error('the node ended before it was ready')))
    if (child.stdout === null) return
    createInterface({ input: child.stdout }).on('line', (line) => {
      // Holds: the node writes nothing else, and a pipe takes each of its lines whole.
      const said = JSON.parse(line) as 'ready' | readonly [number, ...(readonly [string, number])[]]
      if (said === 'ready') return resolve()
      const [at, ...batch] = said
      for (const [id, offset] of batch) onHandedOver({ id, offset, at })
    })
  })
  return {
    pid: child.pid ?? -1,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
