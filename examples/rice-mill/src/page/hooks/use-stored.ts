import { useCallback, useState } from 'react'

/** A value that the window keeps through a reload. What cannot be read, or has another shape, is as if it were not there. */
export function useStored<T>(
  key: string,
  initial: T,
  storage: Storage = sessionStorage,
): [T, (next: T | null) => void, { readonly found: boolean }] {
  const [state, setState] = useState(() => read(storage, key, initial))
  const set = useCallback(
    (next: T | null) => {
      if (next === null) storage.removeItem(key)
      else storage.setItem(key, JSON.stringify(next))
      setState({ value: next ?? initial, found: next !== null })
    },
    [storage, key, initial],
  )
  return [state.value, set, { found: state.found }]
}

function read<T>(storage: Storage, key: string, initial: T): { readonly value: T; readonly found: boolean } {
  const text = storage.getItem(key)
  if (text === null) return { value: initial, found: false }
  try {
    const value: unknown = JSON.parse(text)
    // Holds: the page wrote it under this key, and every draft has the fields of its first state.
    return { value: typeof initial === 'object' ? { ...initial, ...(value as T) } : (value as T), found: true }
  } catch {
    return { value: initial, found: false }
  }
}
