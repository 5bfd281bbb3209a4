import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import { useLocation } from 'wouter'
import { messageOf } from '../api/api-error.ts'
import { Icon } from '../components/icon.tsx'
import { ListState } from '../components/list-state.tsx'
import { NewButton } from '../components/new-button.tsx'
import { OlderButton } from '../components/older-button.tsx'
import { ViewHeader } from '../components/view-header.tsx'
import { money } from '../format/money.ts'
import { counted } from '../format/words.ts'
import { useMill } from '../hooks/use-mill.ts'
import { useNow } from '../hooks/use-now.ts'
import type { PagedList } from '../hooks/use-paged-list.ts'
import type { TradeKind } from './kind.ts'
import { draftOf, type Trade } from './trade.ts'
import { TradeEntry } from './trade-entry.tsx'
import { filterTrades, type Period, sumTrades } from './trade-filter.ts'
import { TradeOpen } from './trade-open.tsx'
import { TradeSummary } from './trade-summary.tsx'
import { TradeTable } from './trade-table.tsx'
import './trade-view.css'

interface Props {
  readonly kind: TradeKind
  readonly list: PagedList<Trade>
  /** What is open: an id, `new`, or nothing. */
  readonly record: string | undefined
}

const periods: { value: Period; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'week', label: '7 days' },
  { value: 'today', label: 'Today' },
]

/** Purchases or sales: the list, and what is opened from it. */
export function TradeView({ kind, list, record }: Props): ReactNode {
  const { api } = useMill()
  const [, goTo] = useLocation()
  const [search, setSearch] = useState('')
  const [period, setPeriod] = useState<Period>('all')
  const now = useNow()
  const shown = filterTrades(kind, list.rows, { search, period }, now)
  const close = () => goTo(kind.path)
  const create = () => goTo(`${kind.path}/new`)

  async function enterAgain(trade: Trade): Promise<void> {
    try {
      await kind.enter(api, kind.toInput(draftOf(trade)), crypto.randomUUID())
    } catch (error) {
      toast.error(`It could not be entered again: ${messageOf(error)}`)
    }
  }

  function onRemoved(trade: Trade): void {
    toast(`Deleted ${kind.words.one} #${trade.number}`, {
      description: `${trade.party}, ${money(trade.amountPaise)}`,
      duration: 8_000,
      action: { label: 'Enter it again', onClick: () => void enterAgain(trade) },
    })
  }

  const filtered = search !== '' || period !== 'all'
  return (
    <>
      <ViewHeader title={kind.title} subtitle={kind.subtitle} entity={kind.entity}>
        <NewButton label={kind.words.enter} onClick={create} />
      </ViewHeader>
      <TradeSummary kind={kind} sum={sumTrades(shown)} loading={list.status === 'loading'} />
      <section className="card trade-card" aria-label={kind.title}>
        <div className="trade-filters">
          <TextInput
            className="trade-search"
            type="search"
            aria-label={`Search ${kind.words.many}`}
            placeholder={`${kind.partyLabel}, ${kind.goodsLabel.toLowerCase()}, number …`}
            leftSection={<Icon name="search" size={17} />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            data-search
          />
          <SegmentedControl aria-label="Period" data={periods} value={period} onChange={setPeriod} size="sm" />
        </div>
        <ListState
          status={list.status}
          error={list.error}
          count={shown.length}
          onRetry={list.reload}
          empty={
            filtered
              ? {
                  icon: 'search',
                  title: `No ${kind.words.one} is like that`,
                  hint: list.hasOlder
                    ? `Searched the newest ${counted(list.rows.length, kind.words.one)}.`
                    : 'Try another word, or another period.',
                  action: list.hasOlder ? <OlderButton onClick={list.loadOlder} /> : undefined,
                }
              : {
                  icon: kind.icon,
                  title: `No ${kind.words.many} yet`,
                  hint: 'The first one appears here the moment it is entered, whoever enters it.',
                  action: <Button onClick={create}>{kind.words.enter}</Button>,
                }
          }
        >
          <TradeTable
            kind={kind}
            rows={shown}
            settled={list.status === 'live'}
            all={list.rows}
            openId={record}
            onOpen={(id) => goTo(`${kind.path}/${id}`)}
          />
          {list.hasOlder && <OlderButton onClick={list.loadOlder} />}
        </ListState>
      </section>
      {record === 'new' && <TradeEntry kind={kind} rows={list.rows} onClose={close} />}
      {record !== undefined && record !== 'new' && (
        <TradeOpen key={record} kind={kind} id={record} list={list} onClose={close} onRemoved={onRemoved} />
      )}
    </>
  )
}
