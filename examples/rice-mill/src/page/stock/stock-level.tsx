import { Badge } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Stock } from '../../contract.ts'
import { Ago } from '../components/ago.tsx'
import { AnimatedNumber } from '../components/animated-number.tsx'
import { kilograms, quintals } from '../format/weight.ts'
import { severityColors, severityNames, stockNames } from '../format/words.ts'
import './stock-level.css'

/** One kind of stock: how much, and how far from its minimum. */
export function StockLevel({ stock: { stockType, quantity, minStockLevel, severity, updatedAt } }: { readonly stock: Stock }): ReactNode {
  // The bar's end is three times the minimum, so that the mark stands at the same place in each.
  const filled = minStockLevel === 0 ? 1 : Math.min(1, quantity / (minStockLevel * 3))
  return (
    <article className="card level" data-severity={severity ?? 'none'} aria-label={stockNames[stockType]}>
      <header>
        <h2>{stockNames[stockType]}</h2>
        {severity !== null && (
          <Badge color={severityColors[severity]} variant={severity === 'critical' ? 'filled' : 'light'}>
            {severityNames[severity]}
          </Badge>
        )}
      </header>
      <strong title={quintals(quantity)}>
        <AnimatedNumber value={quantity} format={(value) => kilograms(Math.round(value))} />
      </strong>
      <div className="level-bar" aria-hidden="true">
        <i style={{ width: `${filled * 100}%` }} />
        <b />
      </div>
      <footer className="soft">
        <span>minimum {kilograms(minStockLevel)}</span>
        <Ago time={updatedAt} />
      </footer>
    </article>
  )
}
