import { createContext, use } from 'react'
import type { Mill } from '../../contract.ts'
import type { Api, MillApi } from '../api/mill-api.ts'
import type { millChannel } from '../live/channels.ts'

/** The mill that is looked at. */
export interface CurrentMill {
  readonly mill: Mill
  readonly channel: ReturnType<typeof millChannel>
  readonly api: MillApi
  /** All that this person may look at. */
  readonly mills: readonly Mill[]
  readonly rest: Api
  readonly switchTo: (millId: string) => void
  /** The rows of lists that were shown before, by the list's name: there at once when a view is opened again. */
  readonly remembered: Map<string, readonly unknown[]>
}

export const MillContext = createContext<CurrentMill | null>(null)

export function useMill(): CurrentMill {
  const current = use(MillContext)
  if (current === null) throw new Error('no mill here')
  return current
}
