import { eventually, systemClock } from '@millrace-tests/support'
import type { StockSubscriber } from '../run/stock-subscriber.ts'
import type { ClusterNode } from './cluster.ts'

// PRE2 allows this long after the death of a node.
const goneWithinMs = 15_000

async function complaints(nodes: readonly ClusterNode[], stock: readonly StockSubscriber[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const { channel, name, connected } of stock) {
    for (const [index, { process }] of nodes.entries()) {
      const members = await process.members({ channel })
      const mine = members.find(({ userId }) => userId === name)?.connections ?? 0
      if (mine !== (connected ? 1 : 0)) found.push(`node ${index}, ${channel}: ${name} has ${mine} connections there`)
      for (const { userId } of members)
        if (userId.startsWith('stock-') && userId !== name) found.push(`node ${index}, ${channel}: ${userId} is a stranger`)
    }
  }
  return found
}

/** Whom nodes show in channels where they are not, or do not show where they are; empty once they all agree with the clients. */
export async function ghostsOf(nodes: readonly ClusterNode[], stock: readonly StockSubscriber[]): Promise<readonly string[]> {
  let last: readonly string[] = []
  const agree = async (): Promise<boolean> => {
    last = await complaints(nodes, stock)
    return last.length === 0
  }
  const until = systemClock.now() + goneWithinMs
  await eventually('presence is what clients are', agree, { ms: until - systemClock.now() }).catch(() => {})
  return last
}
