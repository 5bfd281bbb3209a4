import type { LiveListOptions, LiveListView } from '@millrace/client'
import type { ChannelDefinition, ChannelRef } from '@millrace/contract'
import { useLiveList } from '@millrace/react'
import { useMemo, useRef, useState } from 'react'
import type { ListOptions, Page } from '../api/mill-api.ts'

const pageSize = 200

interface Row {
  readonly id: string
  readonly number: number
}

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

interface Options<C extends ChannelDefinition, T> {
  readonly page: (options: ListOptions) => Promise<Page<T>>
  readonly apply: LiveListOptions<C, string, T>['apply']
}

/** The newest records of a list that has pages, live. */
export function usePagedList<C extends ChannelDefinition, T extends Row>(
  channel: ChannelRef<C>,
  { page, apply }: Options<C, T>,
): PagedList<T> {
  const pages = useRef(1)
  const [hasOlder, setHasOlder] = useState(false)
  const list = useLiveList<C, string, T>(channel, {
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
  return {
    status: list.status,
    error: 'error' in list ? list.error : null,
    rows: useMemo(() => [...list.rows.values()].sort((a, b) => b.number - a.number), [list.rows]),
    hasOlder,
    loadOlder() {
      pages.current++
      list.reload()
    },
    reload: list.reload,
  }
}
