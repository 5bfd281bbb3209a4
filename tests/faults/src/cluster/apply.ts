import { eventually, pause } from '@millrace-tests/support'
import { Client } from 'pg'
import type { TcpProxy } from '../tcp-proxy.ts'
import type { Cluster, ClusterNode } from './cluster.ts'
import type { ClusterStep } from './faults.ts'

async function unreachable(proxy: TcpProxy | null, forMs: number): Promise<void> {
  if (proxy === null) return
  proxy.door = 'refuse'
  proxy.applyToAll({ kind: 'reset' })
  await pause(forMs)
  proxy.door = 'open'
}

/** Nobody is told of anything: each end has to find out by itself. */
async function swallowed(proxy: TcpProxy | null, forMs: number): Promise<void> {
  if (proxy === null) return
  proxy.door = 'black-hole'
  proxy.applyToAll({ kind: 'black-hole' })
  await pause(forMs)
  proxy.door = 'open'
}

async function frozen(signal: (name: NodeJS.Signals) => void, forMs: number): Promise<void> {
  signal('SIGSTOP')
  await pause(forMs)
  signal('SIGCONT')
}

async function endConnections(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename IS NOT NULL')
  await client.end()
}

/** Carries a step out, and mends it. */
export async function applyFault(cluster: Cluster, { kind, which, forMs }: ClusterStep): Promise<void> {
  const { nodes, postgres, redis, front } = cluster
  // Holds: `which` is below 1, and a cluster has nodes.
  const node = nodes[Math.floor(which * nodes.length)] as ClusterNode
  switch (kind) {
    case 'node killed':
      return node.replace('SIGKILL', forMs)
    case 'node drained':
      return node.replace('SIGTERM', forMs)
    case 'node frozen':
      return frozen((name) => node.process.child.signal(name), forMs)
    case 'clock jumps':
      await node.process.jumpClock({ ms: which < 0.5 ? 3_600_000 : -3_600_000 })
      await pause(forMs)
      return node.process.jumpClock({ ms: which < 0.5 ? -3_600_000 : 3_600_000 })
    case 'clients cut':
      return front.applyToAll({ kind: 'reset' })
    case 'Redis killed':
      await redis?.stop()
      await pause(forMs)
      return redis?.start()
    case 'Redis frozen':
      redis?.freeze()
      await pause(forMs)
      return redis?.thaw()
    case 'Redis drops subscribers':
      await redis?.ask('CLIENT KILL TYPE pubsub')
      return
    case 'Redis unreachable from a node':
      return unreachable(node.toRedis, forMs)
    case 'Redis swallows everything from a node':
      return swallowed(node.toRedis, forMs)
    case 'PostgreSQL restarted':
    case 'PostgreSQL crashes':
      await postgres.stop(kind === 'PostgreSQL crashes' ? 'crash' : 'fast')
      await pause(forMs)
      return postgres.start()
    case 'PostgreSQL ends connections':
      return endConnections(postgres.url)
    case 'PostgreSQL unreachable from a node':
      return unreachable(node.toPostgres, forMs)
    case 'PostgreSQL swallows everything from a node':
      return swallowed(node.toPostgres, forMs)
  }
}

/** Every node delivers again (HLT1). Answers after how many milliseconds, or null where one has not within `withinMs`. */
export async function recoveredAfter(cluster: Cluster, now: () => number, withinMs: number): Promise<number | null> {
  const since = now()
  const allReady = async (): Promise<boolean> => {
    const reports = await Promise.all(cluster.nodes.map(({ process }) => process.health().catch(() => ({ ready: false }))))
    return reports.every(({ ready }) => ready)
  }
  return eventually('every node is ready', allReady, { ms: withinMs }).then(
    () => now() - since,
    () => null,
  )
}
