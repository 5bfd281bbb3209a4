import type { LiveListOptions, LiveListView } from '@millrace/client'
import { useLiveList } from '@millrace/react'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { ListOptions, Page } from '../api/mill-api.ts'
import { type CurrentMill, useMill } from './use-mill.ts'

interface Row {
  readonly id: string
  readonly number: number
}

type MillChannel = CurrentMill['channel']['definition']

export interface PagedList<T> {
  readonly status: LiveListView<string, T>['status']
  readonly error: unknown
  /** Newest first. */
  readonly rows: readonly T[]
  /** There are older ones that have not been loaded. */
  readonly hasOlder: boolean
  readonly loadOlder: () => void
  readonly reload: () => void
}

interface Options<T> {
  /** By which its rows are remembered. */
  readonly name: string
  readonly page: (options: ListOptions) => Promise<Page<T>>
  readonly apply: LiveListOptions<MillChannel, string, T>['apply']
  readonly pageSize?: number
}

/** The newest records of a list of the mill that has pages, live. */
export function usePagedList<T extends Row>({ name, page, apply, pageSize = 200 }: Options<T>): PagedList<T> {
  const { channel, remembered } = useMill()
  const pages = useRef(1)
  const [hasOlder, setHasOlder] = useState(false)
  const list = useLiveList<MillChannel, string, T>(channel, {
    async load({ signal }) {
      const rows: T[] = []
      let cursor: string | null = null
      for (let count = 0; count < pages.current; count++) {
        const next: Page<T> = await page({ signal, limit: pageSize, ...(cursor !== null && { cursor }) })
        rows.push(...next.items)
        cursor = next.cursor
        if (cursor === null) break
      }
      setHasOlder(cursor !== null)
      return rows
    },
    key: (row) => row.id,
    apply,
  })

  const loaded = useMemo(() => [...list.rows.values()].sort((a, b) => b.number - a.number), [list.rows])
  const live = list.status === 'live'
  useEffect(() => {
    if (live) remembered.set(name, loaded)
  }, [live, remembered, name, loaded])
  // Holds: under this name there were only rows of this list.
  const before = list.status === 'loading' ? (remembered.get(name) as readonly T[] | undefined) : undefined

  return {
    status: before === undefined ? list.status : 'stale',
    error: 'error' in list ? list.error : null,
    rows: before ?? loaded,
    hasOlder,
    loadOlder() {
      pages.current++
      list.reload()
    },
    reload: list.reload,
  }
}
