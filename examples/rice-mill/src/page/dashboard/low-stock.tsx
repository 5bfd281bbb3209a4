import { Badge, Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Stock } from '../../contract.ts'
import { Icon } from '../components/icon.tsx'
import { kilograms } from '../format/weight.ts'
import { severityColors, severityNames, stockNames } from '../format/words.ts'
import './low-stock.css'

/** What somebody should see to. */
export function LowStock({ stock }: { readonly stock: readonly Stock[] | undefined }): ReactNode {
  const low = stock?.filter(({ severity }) => severity !== null)
  return (
    <section className="card">
      <h2 className="card-title">To see to</h2>
      {low === undefined && <Skeleton height={40} mt="sm" />}
      {low?.length === 0 && (
        <p className="low-none">
          <Icon name="check" size={18} /> Everything is above its minimum.
        </p>
      )}
      <ul className="low">
        {low?.map(({ stockType, quantity, minStockLevel, severity }) => (
          <li key={stockType}>
            <Link href="/stock">
              <span>
                <b>{stockNames[stockType]}</b>
                <span className="soft num">
                  {kilograms(quantity)} of {kilograms(minStockLevel)}
                </span>
              </span>
              {severity !== null && <Badge color={severityColors[severity]}>{severityNames[severity]}</Badge>}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  )
}
