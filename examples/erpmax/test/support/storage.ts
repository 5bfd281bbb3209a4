import type { PositionStorage } from '@millrace/client'

/** A browser's storage, as the SDK uses it: under one address, whichever node is behind it. */
export function storage(): PositionStorage {
  let kept: string | null = null
  return {
    getItem: () => kept,
    setItem: (_, value) => {
      kept = value
    },
    removeItem: () => {
      kept = null
    },
  }
}
