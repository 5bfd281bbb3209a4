import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { Batch } from '../../contract.ts'
import { Ago } from '../components/ago.tsx'
import { Icon } from '../components/icon.tsx'
import { ListState } from '../components/list-state.tsx'
import { NewButton } from '../components/new-button.tsx'
import { OlderButton } from '../components/older-button.tsx'
import { type Column, RecordTable } from '../components/record-table.tsx'
import { ViewHeader } from '../components/view-header.tsx'
import { duration } from '../format/time.ts'
import { kilograms, quintals } from '../format/weight.ts'
import { useNow } from '../hooks/use-now.ts'
import { useBatches } from '../hooks/use-records.ts'
import { BatchComplete } from '../milling/batch-complete.tsx'
import { BatchStart } from '../milling/batch-start.tsx'
import { shareOf } from '../milling/outturn.ts'
import { OutturnBar } from '../milling/outturn-bar.tsx'

const columns: readonly Column<Batch>[] = [
  {
    name: 'Batch',
    cell: ({ number, createdBy }) => (
      <>
        <b>#{number}</b>
        <small>{createdBy.name}</small>
      </>
    ),
  },
  { name: 'Paddy', end: true, cell: ({ paddyKg }) => <span title={quintals(paddyKg)}>{kilograms(paddyKg)}</span> },
  {
    name: 'Rice',
    end: true,
    cell: (batch) => (
      <>
        {kilograms(batch.riceKg ?? 0)}
        <small>{shareOf(batch.riceKg, batch).toFixed(1)} %</small>
      </>
    ),
  },
  { name: 'What came out', wide: true, cell: (batch) => <OutturnBar batch={batch} /> },
  { name: 'Completed', wide: true, end: true, cell: ({ completedAt }) => completedAt !== null && <Ago time={completedAt} /> },
]

/** Paddy goes in, rice comes out. */
export function Milling({ record }: { readonly record: string | undefined }): ReactNode {
  const [, goTo] = useLocation()
  const batches = useBatches()
  const running = batches.rows.filter(({ status }) => status === 'running')
  const completed = batches.rows.filter(({ status }) => status === 'completed')
  const opened = batches.rows.find(({ id }) => id === record)
  const close = () => goTo('/milling')
  const create = () => goTo('/milling/new')
  return (
    <>
      <ViewHeader title="Milling" subtitle="Paddy goes in, rice comes out" entity="batch">
        <NewButton label="Start a batch" onClick={create} />
      </ViewHeader>
      {running.length > 0 && (
        <section className="running" aria-label="Running batches">
          {running.map((batch) => (
            <RunningBatch key={batch.id} batch={batch} onComplete={() => goTo(`/milling/${batch.id}`)} />
          ))}
        </section>
      )}
      <section className="card table-card">
        <div className="card-head">
          <h2 className="card-title">Completed</h2>
          <Legend />
        </div>
        <ListState
          status={batches.status}
          error={batches.error}
          count={completed.length}
          onRetry={batches.reload}
          empty={{
            icon: 'batch',
            title: 'Nothing milled yet',
            hint: 'Start a batch: its paddy leaves the stock at once, its rice comes in when it is completed.',
            action: <Button onClick={create}>Start a batch</Button>,
          }}
        >
          <RecordTable label="Completed batches" columns={columns} rows={completed} settled={batches.status === 'live'} />
          {batches.hasOlder && <OlderButton onClick={batches.loadOlder} />}
        </ListState>
      </section>
      {record === 'new' && <BatchStart onClose={close} />}
      {opened !== undefined && <BatchComplete key={opened.id} batch={opened} onClose={close} />}
    </>
  )
}

function Legend(): ReactNode {
  return (
    <span className="legend only-wide">
      <span>
        <i style={{ background: 'var(--buy)' }} /> Rice
      </span>
      <span>
        <i style={{ background: 'var(--milled)' }} /> Broken
      </span>
      <span>
        <i style={{ background: 'var(--sell)' }} /> Bran
      </span>
      <span>
        <i style={{ background: 'light-dark(#b9a98a, #7d7158)' }} /> Husk
      </span>
    </span>
  )
}

function RunningBatch({ batch, onComplete }: { readonly batch: Batch; readonly onComplete: () => void }): ReactNode {
  const now = useNow()
  return (
    <article className="card" aria-label={`Batch ${batch.number}`}>
      <div>
        <span className="running-name">
          <Icon name="batch" size={17} /> Batch #{batch.number}
        </span>
        <strong className="num">{kilograms(batch.paddyKg)}</strong>
        <span className="soft">
          running for {duration(now - batch.createdAt)}, by {batch.createdBy.name}
        </span>
      </div>
      <Button variant="light" onClick={onComplete}>
        Complete
      </Button>
    </article>
  )
}
