import { useCallback, useRef, useState } from 'react'

type Update<T> = T | null | ((before: T) => T)

/** A value that the window keeps through a reload; null forgets it. What cannot be read is as if it were not there. */
export function useStored<T extends object | string | boolean>(
  key: string,
  initial: T,
  storage: Storage = sessionStorage,
): [T, (update: Update<T>) => void, { readonly found: boolean }] {
  const [state, setState] = useState(() => read(storage, key, initial))
  // Two changes in one turn build on each other.
  const newest = useRef(state.value)
  const set = useCallback(
    (update: Update<T>) => {
      const next = typeof update === 'function' ? update(newest.current) : update
      if (next === null) storage.removeItem(key)
      else storage.setItem(key, JSON.stringify(next))
      newest.current = next ?? initial
      setState({ value: newest.current, found: next !== null })
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
    // Holds: the page wrote it under this key; an older page may have left fields out.
    return { value: typeof initial === 'object' ? { ...initial, ...(value as T) } : (value as T), found: true }
  } catch {
    return { value: initial, found: false }
  }
}
