import { answerCommands } from '../process/answer-commands.ts'
import type { LoadCommands } from './commands.ts'
import { Group } from './group.ts'
import { mintToken } from './mint-token.ts'
import { openConnections } from './open-connections.ts'

/** The process that is every client. */
const groups = new Map<string, Group>()

function groupOf(name: string): Group {
  const group = groups.get(name) ?? new Group()
  groups.set(name, group)
  return group
}

answerCommands<LoadCommands>({
  async connect({ port, protocol, group, count, claims, atOnce }) {
    const auths = Array.from({ length: count }, (_, index) =>
      protocol === 'websocket' ? null : { token: mintToken(`${group}-${index}`, claims) },
    )
    const start = performance.now()
    const { refused } = await openConnections({ port, group: groupOf(group), count, atOnce, authOf: (index) => auths[index] ?? null })
    return { ms: performance.now() - start, refused }
  },
  reset() {
    for (const group of groups.values()) group.reset()
    return null
  },
  read({ group }) {
    const { latencies, late, lost } = groupOf(group)
    return { deliveries: latencies.total, late, lost, p50Us: latencies.percentile(0.5), p99Us: latencies.percentile(0.99) }
  },
})
