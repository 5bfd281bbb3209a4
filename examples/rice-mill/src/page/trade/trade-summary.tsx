import type { ReactNode } from 'react'
import { AnimatedNumber } from '../components/animated-number.tsx'
import { money, wholeMoney } from '../format/money.ts'
import { kilograms, quintals } from '../format/weight.ts'
import type { TradeKind } from './kind.ts'
import type { TradeSum } from './trade-filter.ts'

interface Props {
  readonly kind: TradeKind
  readonly sum: TradeSum
  readonly loading: boolean
}

/** What the shown rows come to; moves with them. */
export function TradeSummary({ kind, sum: { count, kg, paise }, loading }: Props): ReactNode {
  return (
    <dl className="trade-summary" data-loading={loading} data-kind={kind.entity}>
      <div>
        <dt>{kind.title}</dt>
        <dd>
          <AnimatedNumber value={count} format={(value) => Math.round(value).toLocaleString('en-IN')} />
        </dd>
      </div>
      <div>
        <dt>Quantity</dt>
        <dd title={kilograms(kg)}>
          <AnimatedNumber value={kg} format={(value) => quintals(Math.round(value))} />
        </dd>
      </div>
      <div>
        <dt>Amount</dt>
        <dd title={money(paise)}>
          <AnimatedNumber value={paise} format={wholeMoney} />
        </dd>
      </div>
      <div className="only-wide">
        <dt>Average rate</dt>
        <dd>{kg === 0 ? '–' : `${money(paise / kg)} /kg`}</dd>
      </div>
    </dl>
  )
}
