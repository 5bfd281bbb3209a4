import { Drawer } from '@mantine/core'
import { type ReactNode, useRef } from 'react'
import { messageOf } from '../api/api-error.ts'
import { EmptyState, RowsSkeleton } from '../components/list-state.tsx'
import { useLoaded } from '../hooks/use-loaded.ts'
import { useMill } from '../hooks/use-mill.ts'
import type { PagedList } from '../hooks/use-paged-list.ts'
import type { TradeKind } from './kind.ts'
import type { Trade } from './trade.ts'
import { TradeEditor } from './trade-editor.tsx'

interface Props {
  readonly kind: TradeKind
  readonly id: string
  readonly list: PagedList<Trade>
  readonly onClose: () => void
  readonly onRemoved: (trade: Trade) => void
}

/** One record, opened by its address: from the list where it is there, else fetched. */
export function TradeOpen({ kind, id, list, onClose, onRemoved }: Props): ReactNode {
  const live = list.rows.find((row) => row.id === id)
  // What was open stays so when somebody deletes it: the editor says what happened.
  const last = useRef(live)
  if (live !== undefined) last.current = live
  const known = live ?? last.current
  if (known !== undefined) return <TradeEditor kind={kind} trade={known} rows={list.rows} onClose={onClose} onRemoved={onRemoved} />
  if (list.status === 'loading' || list.status === 'idle') return null
  return <FetchedTrade kind={kind} id={id} list={list} onClose={onClose} onRemoved={onRemoved} />
}

function FetchedTrade({ kind, id, list, onClose, onRemoved }: Props): ReactNode {
  const { api } = useMill()
  const loaded = useLoaded(id, () => kind.find(api, id))
  if (loaded.data !== undefined)
    return <TradeEditor kind={kind} trade={loaded.data} rows={list.rows} onClose={onClose} onRemoved={onRemoved} />
  return (
    <Drawer opened onClose={onClose} title={kind.title.slice(0, -1)} closeButtonProps={{ 'aria-label': 'Close' }}>
      {loaded.status === 'failed' ? (
        <EmptyState
          icon="search"
          title={`This ${kind.words.one} is not there`}
          hint={`${messageOf(loaded.error)}. It may have been deleted.`}
        />
      ) : (
        <RowsSkeleton rows={5} />
      )}
    </Drawer>
  )
}
