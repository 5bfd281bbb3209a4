import { type RefObject, useInsertionEffect, useRef } from 'react'

/** Holds the value of the newest render, for functions that outlive one. */
export function useLatest<T>(value: T): RefObject<T> {
  const latest = useRef(value)
  useInsertionEffect(() => {
    latest.current = value
  })
  return latest
}
