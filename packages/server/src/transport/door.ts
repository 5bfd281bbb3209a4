import type { IncomingMessage } from 'node:http'
import type { RefusalCode } from '@millrace/contract'
import type { TransportHandler } from './port.ts'

export interface DoorOptions {
  readonly handler: Pick<TransportHandler, 'knock' | 'turnedAway'>
  readonly originAllowed: (headers: IncomingMessage['headers']) => boolean
  readonly addressOf: (peer: string, headers: IncomingMessage['headers']) => string
  readonly isAccepting: () => boolean
}

type Done = (refusal: string | null, allowed: boolean) => void

function ignore(): void {}

/** Engine.IO's `allowRequest`, which it asks about each new connection: who may begin a handshake, and when (AUTH6, BP5). */
export function door({ handler, originAllowed, addressOf, isAccepting }: DoorOptions) {
  return (request: IncomingMessage, done: Done): void => {
    const { socket, headers } = request
    const turnAway = (code: RefusalCode): void => {
      handler.turnedAway(code)
      done(code, false)
    }
    const enter = (): boolean => {
      socket.off('error', ignore)
      if (!socket.readable) {
        // It has hung up.
        socket.destroy()
        return false
      }
      if (isAccepting()) done(null, true)
      else turnAway('draining')
      return true
    }
    const ask = (): RefusalCode | null => {
      // Before anything is read: a foreign page gets nothing.
      if (!originAllowed(headers)) return 'origin_not_allowed'
      if (!isAccepting()) return 'draining'
      return handler.knock(addressOf(socket.remoteAddress ?? '', headers), enter)
    }

    // An upgrade that waits has no listener: without one a reset would end the process.
    if (socket.listenerCount('error') === 0) socket.on('error', ignore)
    const refusal = ask()
    if (refusal === null) return
    socket.off('error', ignore)
    turnAway(refusal)
  }
}
