/** What has arrived so far, and a way to wait for more. */
export interface Recorder<T> {
  readonly all: readonly T[]
  push(item: T): void
  /** Calls `listener` with each item, those that are there first. */
  each(listener: (item: T) => void): void
  /** The first item that fits, past or future. */
  find(fits: (item: T) => boolean): Promise<T>
  /** Resolves with everything once `count` items have arrived. */
  count(count: number): Promise<readonly T[]>
}

export function recorder<T>(): Recorder<T> {
  const all: T[] = []
  const waiting = new Set<() => void>()
  const listeners = new Set<(item: T) => void>()

  function once<R>(ready: () => { value: R } | null): Promise<R> {
    return new Promise((resolve) => {
      const look = () => {
        const found = ready()
        if (found === null) return
        waiting.delete(look)
        resolve(found.value)
      }
      waiting.add(look)
      look()
    })
  }

  return {
    all,
    push(item) {
      all.push(item)
      for (const listener of listeners) listener(item)
      for (const look of [...waiting]) look()
    },
    each(listener) {
      for (const item of all) listener(item)
      listeners.add(listener)
    },
    find: (fits) =>
      once(() => {
        const index = all.findIndex(fits)
        // Holds: the index was found in the list.
        return index < 0 ? null : { value: all[index] as T }
      }),
    count: (count) => once(() => (all.length >= count ? { value: all } : null)),
  }
}
