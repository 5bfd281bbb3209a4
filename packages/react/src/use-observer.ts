import type { Observer } from '@millrace/client'
import { useSyncExternalStore } from 'react'

const nothing = (): void => {}
const never = (): (() => void) => nothing

/** What an observer shows; `atRest` without one, on a server, and until hydrated. `atRest` is the same object in each render. */
export function useObserver<T>(observer: Observer<T> | null, atRest: T): T {
  const read = observer?.getSnapshot ?? (() => atRest)
  return useSyncExternalStore(observer?.subscribe ?? never, read, () => atRest)
}
