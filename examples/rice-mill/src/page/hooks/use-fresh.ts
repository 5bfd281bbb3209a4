import { useEffect, useRef, useState } from 'react'

export type Freshness = 'created' | 'updated'

interface Row {
  readonly id: string
  readonly number: number
  readonly version?: number
}

const freshForMs = 3_000
const none: ReadonlyMap<string, Freshness> = new Map()

/** Which rows have come or changed in the last seconds. What was there when the list was first seen is not news. */
export function useFresh(rows: readonly Row[], seen: boolean): ReadonlyMap<string, Freshness> {
  const known = useRef<Map<string, number> | null>(null)
  const [fresh, setFresh] = useState(none)
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>())

  useEffect(() => {
    if (!seen) return
    const before = known.current
    known.current = new Map(rows.map(({ id, version = 1 }) => [id, version]))
    if (before === null) return
    const news = new Map<string, Freshness>()
    const newestKnown = rows.reduce((newest, { id, number }) => (before.has(id) ? Math.max(newest, number) : newest), 0)
    for (const { id, number, version = 1 } of rows) {
      const old = before.get(id)
      // An older row that was not there comes from a page that has just been loaded.
      if (old === undefined ? number > newestKnown : version > old) news.set(id, old === undefined ? 'created' : 'updated')
    }
    if (news.size === 0) return
    setFresh((shown) => new Map([...shown, ...news]))
    const timer = setTimeout(() => {
      timers.current.delete(timer)
      setFresh((shown) => new Map([...shown].filter(([id]) => !news.has(id))))
    }, freshForMs)
    timers.current.add(timer)
  }, [rows, seen])

  useEffect(() => {
    const pending = timers.current
    return () => {
      for (const timer of pending) clearTimeout(timer)
    }
  }, [])
  return fresh
}
