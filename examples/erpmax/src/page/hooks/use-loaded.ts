import { useCallback, useEffect, useRef, useState } from 'react'

export type Loaded<T> =
  | { readonly status: 'loading'; readonly data: T | undefined }
  | { readonly status: 'ready'; readonly data: T }
  | { readonly status: 'failed'; readonly data: T | undefined; readonly error: unknown }

/** What `load` answers; asked again by `reload`, and when `key` changes. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> & { readonly reload: () => void } {
  const [loaded, setLoaded] = useState<Loaded<T>>({ status: 'loading', data: undefined })
  const newest = useRef(load)
  newest.current = load
  const [attempt, setAttempt] = useState(0)

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new key or attempt is what makes it load again
  useEffect(() => {
    let wanted = true
    setLoaded(({ data }) => ({ status: 'loading', data }))
    newest.current().then(
      (data) => wanted && setLoaded({ status: 'ready', data }),
      (error: unknown) => wanted && setLoaded(({ data }) => ({ status: 'failed', data, error })),
    )
    return () => {
      wanted = false
    }
  }, [key, attempt])

  return { ...loaded, reload: useCallback(() => setAttempt((before) => before + 1), []) }
}
