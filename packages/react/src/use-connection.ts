import type { ConnectionState } from '@millrace/client'
import { useClient } from './provider.tsx'
import { useObserver } from './use-observer.ts'

const idle: ConnectionState = { state: 'idle' }

export function useConnection(): ConnectionState {
  return useObserver(useClient().connection, idle)
}
