import type { Connections } from './connections.ts'
import type { ControlOptions } from './control.ts'
import type { RecentCommands } from './recent-commands.ts'

export interface CommandsOptions {
  readonly connections: Pick<Connections, 'sessions' | 'renew'>
  readonly recent: RecentCommands
  /** A number in [0, 1). */
  readonly random: () => number
  readonly onFailure: (error: unknown) => void
}

// All of a node's connections do not come back in one moment.
const comeBackWithinMs = 5_000

/** What commands do to the connections of this node. */
export function commandsOn({ connections, recent, random, onFailure }: CommandsOptions): Pick<ControlOptions, 'run' | 'onMissed'> {
  return {
    async run(command) {
      recent.add(command.tenant, command.userId)
      const sessions = connections.sessions.ofUser(command.tenant, command.userId)
      if (command.kind === 'reauthorize') {
        for (const session of sessions) await connections.renew(session).catch(onFailure)
        return
      }
      const { sessionId } = command
      for (const { connection } of sessions)
        if (sessionId === undefined || connection.identity.sessionId === sessionId) connection.disconnect('revoked')
    },
    onMissed() {
      for (const { connection } of connections.sessions.all)
        connection.disconnect('draining', { retryAfterMs: Math.round(random() * comeBackWithinMs) })
    },
  }
}
