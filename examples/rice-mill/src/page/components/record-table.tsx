import type { ReactNode } from 'react'
import { useFresh } from '../hooks/use-fresh.ts'
import './record-table.css'

export interface Column<T> {
  readonly name: string
  readonly cell: (row: T) => ReactNode
  /** Figures stand at the end. */
  readonly end?: boolean
  /** Left out on a phone. */
  readonly wide?: boolean
}

interface Row {
  readonly id: string
  readonly number: number
  readonly version?: number
}

interface Props<T> {
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[]
  /** The rows are all there: what comes now is new. */
  readonly settled: boolean
}

/** A plain list of records, in which new and changed rows light up. */
export function RecordTable<T extends Row>({ label, columns, rows, settled }: Props<T>): ReactNode {
  const fresh = useFresh(rows, settled)
  const classes = ({ end, wide }: Column<T>) => `${end ? 'end' : ''} ${wide ? 'only-wide' : ''}`
  return (
    <table className="records" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} scope="col" className={classes(column)}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id} data-fresh={fresh.get(row.id)}>
            {columns.map((column) => (
              <td key={column.name} className={classes(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
