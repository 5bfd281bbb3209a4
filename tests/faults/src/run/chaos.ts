import { pause, systemClock } from '@millrace-tests/support'
import type { Step } from '../schedule.ts'
import type { TcpProxy } from '../tcp-proxy.ts'

export interface ChaosTargets {
  readonly proxy: TcpProxy
  /** SIGKILL and a new process. */
  killServer(downMs: number): Promise<void>
  freezeServer(forMs: number): Promise<void>
}

/** Carries a schedule out. Resolves when its time is over and everything that passes has passed. */
export async function runSchedule(steps: readonly Step[], durationMs: number, targets: ChaosTargets): Promise<ReadonlyMap<string, number>> {
  const { proxy } = targets
  const start = systemClock.now()
  const counts = new Map<string, number>()
  const passing: Promise<void>[] = []
  // One fault of the server at a time; what falls due meanwhile comes after it.
  let server = Promise.resolve()

  for (const step of steps) {
    await pause(Math.max(0, start + step.atMs - systemClock.now()))
    const name = step.kind === 'connection' ? step.fault.kind : step.kind
    counts.set(name, (counts.get(name) ?? 0) + 1)
    switch (step.kind) {
      case 'connection': {
        const { connections } = proxy
        const hit = connections[Math.floor(step.which * connections.length)]
        hit?.apply(step.fault)
        if (step.forMs !== null) passing.push(pause(step.forMs).then(() => hit?.apply({ kind: 'none' })))
        break
      }
      case 'reset-all':
        proxy.applyToAll({ kind: 'reset' })
        break
      case 'door':
        proxy.door = step.door
        passing.push(
          pause(step.forMs).then(() => {
            proxy.door = 'open'
          }),
        )
        break
      case 'kill':
        server = server.then(() => targets.killServer(step.downMs))
        break
      case 'freeze':
        server = server.then(() => targets.freezeServer(step.forMs))
    }
  }
  await pause(Math.max(0, start + durationMs - systemClock.now()))
  await Promise.all([...passing, server])
  return counts
}
