import { Alert, Badge, Button, Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { Movement, Stock as StockRecord } from '../../contract.ts'
import { Ago } from '../components/ago.tsx'
import { Icon } from '../components/icon.tsx'
import { ListState } from '../components/list-state.tsx'
import { NewButton } from '../components/new-button.tsx'
import { OlderButton } from '../components/older-button.tsx'
import { type Column, RecordTable } from '../components/record-table.tsx'
import { ViewHeader } from '../components/view-header.tsx'
import { shortDayName } from '../format/time.ts'
import { kilograms, quintals } from '../format/weight.ts'
import { listed, sentence, stockNames, stockTypes } from '../format/words.ts'
import { useMovements } from '../hooks/use-records.ts'
import { useStock } from '../hooks/use-stock.ts'
import { MovementEntry } from '../stock/movement-entry.tsx'
import { StockLevel } from '../stock/stock-level.tsx'

const columns: readonly Column<Movement>[] = [
  {
    name: 'Movement',
    cell: ({ stockType, reason, vehicle }) => (
      <>
        <b>{stockNames[stockType]}</b>
        <small>
          {reason}
          {vehicle !== '' && ` · ${vehicle}`}
        </small>
      </>
    ),
  },
  {
    name: 'Direction',
    wide: true,
    cell: ({ direction }) => <Badge color={direction === 'inward' ? 'paddy' : 'orange'}>{direction === 'inward' ? 'In' : 'Out'}</Badge>,
  },
  {
    name: 'Quantity',
    end: true,
    cell: ({ quantityKg, direction }) => (
      <span title={quintals(quantityKg)}>
        {direction === 'inward' ? '+' : '−'}
        {kilograms(quantityKg)}
      </span>
    ),
  },
  { name: 'Day', wide: true, end: true, cell: ({ day }) => shortDayName(day) },
  {
    name: 'Entered',
    wide: true,
    cell: ({ createdBy, createdAt }) => (
      <>
        {createdBy.name} <Ago time={createdAt} />
      </>
    ),
  },
]

/** What is in the store, against its minimum, and what came and went. */
export function Stock({ record }: { readonly record: string | undefined }): ReactNode {
  const [, goTo] = useLocation()
  const stock = useStock()
  const movements = useMovements()
  const levels = stockTypes.flatMap((type) => stock.rows.get(type) ?? [])
  const create = () => goTo('/stock/new')
  return (
    <>
      <ViewHeader title="Stock" subtitle="What is in the store right now" entity="movement">
        <NewButton label="New movement" onClick={create} />
      </ViewHeader>
      <LowAlert levels={levels} />
      {levels.length === 0 && stock.status !== 'failed' ? (
        <div className="levels">
          {stockTypes.map((type) => (
            <Skeleton key={type} height={132} radius={14} />
          ))}
        </div>
      ) : (
        <div className="levels">
          {levels.map((one) => (
            <StockLevel key={one.stockType} stock={one} />
          ))}
        </div>
      )}
      <section className="card table-card">
        <div className="card-head">
          <h2 className="card-title">Movements</h2>
          <span className="soft" style={{ fontSize: 13 }}>
            besides purchases, sales and milling
          </span>
        </div>
        <ListState
          status={movements.status}
          error={movements.error}
          count={movements.rows.length}
          onRetry={movements.reload}
          skeletonRows={3}
          empty={{
            icon: 'truck',
            title: 'No movements yet',
            hint: 'Goods that come in or go out without being bought or sold: returns, samples, spoilage.',
            action: <Button onClick={create}>New movement</Button>,
          }}
        >
          <RecordTable label="Movements" columns={columns} rows={movements.rows} settled={movements.status === 'live'} />
          {movements.hasOlder && <OlderButton onClick={movements.loadOlder} />}
        </ListState>
      </section>
      {record === 'new' && <MovementEntry onClose={() => goTo('/stock')} />}
    </>
  )
}

function LowAlert({ levels }: { readonly levels: readonly StockRecord[] }): ReactNode {
  const low = levels.filter(({ severity }) => severity !== null)
  if (low.length === 0) return null
  const critical = low.some(({ severity }) => severity === 'critical')
  return (
    <Alert color={critical ? 'red' : 'orange'} icon={<Icon name="warning" />} mb={14} role="status">
      {sentence(listed(low.map(({ stockType }) => stockNames[stockType])))} {low.length > 1 ? 'are' : 'is'} below{' '}
      {low.length > 1 ? 'their' : 'its'} minimum.
    </Alert>
  )
}
