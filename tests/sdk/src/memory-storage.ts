import type { PositionStorage } from '@millrace/client'

/** What `sessionStorage` is to a page. */
export function memoryStorage(): PositionStorage {
  const entries = new Map<string, string>()
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  }
}
