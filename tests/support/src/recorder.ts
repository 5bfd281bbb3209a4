/** What has arrived so far, and a way to wait for more. */
export interface Recorder<T> {
  readonly all: readonly T[]
  push(item: T): void
  /** The first item that fits, past or future. */
  find(fits: (item: T) => boolean): Promise<T>
  /** Resolves with everything once `count` items have arrived. */
  count(count: number): Promise<readonly T[]>
}

export function recorder<T>(): Recorder<T> {
  const all: T[] = []
  const waiting = new Set<() => void>()

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
      for (const look of [...waiting]) look()
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
