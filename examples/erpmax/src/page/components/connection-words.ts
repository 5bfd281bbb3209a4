import type { ConnectionState } from '@millrace/client'

export interface ConnectionWords {
  readonly tone: 'good' | 'busy' | 'bad' | 'quiet'
  readonly label: string
  /** What it means to the person who works. */
  readonly meaning: string
}

const kept =
  'You can go on: what you see is as it was, and what the others do meanwhile comes in as soon as the connection is back. Nothing is lost, nothing comes twice.'

/** The state of the connection, in words. `now` for the countdown. */
export function connectionWords(connection: ConnectionState, now: number): ConnectionWords {
  switch (connection.state) {
    case 'live':
      return { tone: 'good', label: 'Live', meaning: 'Everything you see is as it is right now.' }
    case 'reconnecting': {
      const { attempt, nextAttemptAt } = connection
      const seconds = nextAttemptAt === null ? 0 : Math.ceil((nextAttemptAt - now) / 1000)
      const next = seconds > 0 ? `next attempt in ${seconds} s` : 'trying now'
      return {
        tone: 'busy',
        label: `Reconnecting · attempt ${attempt}`,
        meaning: `The server cannot be reached (${connection.cause}): ${next}. ${kept}`,
      }
    }
    case 'offline':
      return { tone: 'bad', label: 'Offline', meaning: `This device has no network. ${kept}` }
    case 'refused':
      return { tone: 'bad', label: 'Refused', meaning: `${connection.message}. Sign in again to go on.` }
    case 'closed':
      return { tone: 'quiet', label: 'Closed', meaning: 'The connection was closed.' }
    case 'idle':
    case 'connecting':
      return { tone: 'quiet', label: 'Connecting', meaning: 'The connection is being made.' }
  }
}
