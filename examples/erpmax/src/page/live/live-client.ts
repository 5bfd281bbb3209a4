import { createClient, type MillraceClient, MillraceError } from '@millrace/client'
import { contract, type ErpmaxContract } from '../../contract.ts'
import { isApiError } from '../api/api-error.ts'
import type { Session } from '../session/session.ts'

/** The window's connection; it ends with the session. */
export function openLiveClient(session: Session): MillraceClient<ErpmaxContract> {
  const client = createClient({
    contract,
    url: location.origin,
    path: '/ws/socket.io',
    // WebSocket alone: whichever node a connection comes to, it stays there, and no proxy has to know it again.
    transports: ['websocket'],
    // The connection and REST share one token, and one refresh of it.
    async token({ reason }) {
      try {
        return await (reason === 'connect' ? session.accessToken() : session.renew())
      } catch (error) {
        if (isApiError(error, 'auth_invalid', 'auth_required')) throw new MillraceError('auth_required', 'Sign in again')
        throw error
      }
    },
    // A reload goes on where the window was: what came meanwhile is recovered.
    positions: sessionStorage,
    onError(error, { during }) {
      // While the network is away tokens and loads fail as a matter of course; they are repeated, and the page says so.
      if (during === 'listener') console.error(error)
    },
  })
  const stop = session.subscribe(() => {
    if (session.getSnapshot().state !== 'signed-out') return
    stop()
    client.close()
  })
  return client
}
