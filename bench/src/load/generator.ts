import { answerCommands } from '../process/answer-commands.ts'
import { ask } from './ask.ts'
import type { LoadCommands, Mills } from './commands.ts'
import { Group } from './group.ts'
import type { Hello } from './load-connection.ts'
import { mintToken } from './mint-token.ts'
import { openConnections } from './open-connections.ts'
import { SdkSession } from './sdk-session.ts'

/** The process that is every client. */
const groups = new Map<string, Group>()
const sdkSessions = new Map<string, readonly SdkSession[]>()

function groupOf(name: string): Group {
  const group = groups.get(name) ?? new Group()
  groups.set(name, group)
  return group
}

/** The channels of one connection, by their numbers from 1 on. */
function millsOf(mills: Mills, index: number): readonly number[] {
  if (!('total' in mills)) return mills
  const { total, each } = mills
  return Array.from({ length: each }, (_, turn) => ((index + (turn * total) / each) % total) + 1)
}

answerCommands<LoadCommands>({
  async connect({ port, protocol, group, count, firstUser = 0, mills, tenant, atOnce }) {
    // Before the clock starts: minting is no work of a client's.
    const hellos = Array.from({ length: count }, (_, index): Hello => {
      const own = millsOf(mills, index)
      return protocol === 'websocket'
        ? { path: `/?mill=${own[0]}` }
        : { auth: { token: mintToken(`${group}-${firstUser + index}`, { mills: own, tenant }) } }
    })
    const start = performance.now()
    const { refused } = await openConnections({
      port,
      group: groupOf(group),
      count,
      atOnce,
      helloOf: (index) => hellos[index] ?? { path: '/' },
    })
    return { ms: performance.now() - start, refused }
  },
  async subscribe({ port, group, count, atOnce }) {
    const sessions = sdkSessions.get(group) ?? Array.from({ length: count }, () => new SdkSession())
    sdkSessions.set(group, sessions)
    const hellos = sessions.map((_, index): Hello => {
      const name = `${group}-${index}`
      return { auth: { token: mintToken(name, { mills: [] }), millrace: { version: 1, session: name } } }
    })
    const start = performance.now()
    await openConnections({
      port,
      group: groupOf(group),
      count,
      atOnce,
      helloOf: (index) => hellos[index] ?? { path: '/' },
      onPacketOf: (index) => (packet, connection) => sessions[index]?.onPacket(packet, connection),
    })
    return { ms: performance.now() - start }
  },
  audit({ group, published }) {
    const audits = (sdkSessions.get(group) ?? []).map((session) => session.audit(published))
    return { lost: audits.reduce((sum, { lost }) => sum + lost, 0), twice: audits.reduce((sum, { twice }) => sum + twice, 0) }
  },
  stall({ group }) {
    for (const connection of groupOf(group).connections) connection.stall()
    return null
  },
  cut({ group }) {
    for (const connection of groupOf(group).connections.splice(0)) connection.cut()
    return null
  },
  ask: ({ group, depth, seconds }) => ask(groupOf(group).connections, depth, seconds),
  reset() {
    for (const group of groups.values()) group.reset()
    return null
  },
  read({ group }) {
    const { latencies, late, lost } = groupOf(group)
    return { deliveries: latencies.total, late, lost, p50Us: latencies.percentile(0.5), p99Us: latencies.percentile(0.99) }
  },
})
