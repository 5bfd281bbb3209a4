import { useConnection } from '@millrace/react'
import { useEffect } from 'react'
import { useSession } from '../session/use-session.ts'

/** The server wants this connection no more: asks whether the session is over, which ends at the sign-in form. */
export function useRefusal(): void {
  const { state } = useConnection()
  const session = useSession()
  useEffect(() => {
    if (state === 'refused') session.renew().catch(() => {})
  }, [state, session])
}
