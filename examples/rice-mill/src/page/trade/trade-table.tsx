import type { ReactNode } from 'react'
import { Ago } from '../components/ago.tsx'
import { PersonAvatar } from '../components/person-avatar.tsx'
import { money, wholeMoney } from '../format/money.ts'
import { dayName } from '../format/time.ts'
import { kilograms, quintals } from '../format/weight.ts'
import { useFresh } from '../hooks/use-fresh.ts'
import { type Here, useHere } from '../hooks/use-here.ts'
import { useNow } from '../hooks/use-now.ts'
import { useMe } from '../session/use-session.ts'
import type { TradeKind } from './kind.ts'
import type { Trade } from './trade.ts'
import { byDay, sumTrades } from './trade-filter.ts'

interface Props {
  readonly kind: TradeKind
  /** What is shown. */
  readonly rows: readonly Trade[]
  /** What is known: a row that a filter lets appear is not a new one. */
  readonly all: readonly Trade[]
  readonly settled: boolean
  readonly openId: string | undefined
  readonly onOpen: (id: string) => void
}

export function TradeTable({ kind, rows, all, settled, openId, onOpen }: Props): ReactNode {
  const fresh = useFresh(all, settled)
  const now = useNow()
  const me = useMe()
  const others = useHere().filter(({ userId }) => userId !== me.id)
  return (
    <table className="trades">
      <thead>
        <tr>
          <th scope="col" className="trades-head only-wide">
            No.
          </th>
          <th scope="col" className="trades-head">
            {kind.partyLabel}
          </th>
          <th scope="col" className="trades-head end">
            Quantity
          </th>
          <th scope="col" className="trades-head end only-wide">
            Rate per kg
          </th>
          <th scope="col" className="trades-head end">
            Amount
          </th>
          <th scope="col" className="trades-head only-wide">
            Entered
          </th>
        </tr>
      </thead>
      {byDay(rows).map(({ day, rows: ofDay }) => {
        const { kg, paise } = sumTrades(ofDay)
        return (
          <tbody key={day}>
            <tr className="trades-day">
              <td className="only-wide" />
              <th scope="rowgroup">{dayName(day, now)}</th>
              <td className="end">{quintals(kg)}</td>
              <td className="only-wide" />
              <td className="end">{wholeMoney(paise)}</td>
              <td className="only-wide" />
            </tr>
            {ofDay.map((trade) => (
              <TradeRow
                key={trade.id}
                kind={kind}
                trade={trade}
                fresh={fresh.get(trade.id)}
                open={trade.id === openId}
                viewers={others.filter(({ view }) => view === `${kind.title} #${trade.number}`)}
                onOpen={onOpen}
              />
            ))}
          </tbody>
        )
      })}
    </table>
  )
}

interface RowProps {
  readonly kind: TradeKind
  readonly trade: Trade
  readonly fresh: string | undefined
  readonly open: boolean
  /** Who has it before them. */
  readonly viewers: readonly Here[]
  readonly onOpen: (id: string) => void
}

function TradeRow({ kind, trade, fresh, open, viewers, onOpen }: RowProps): ReactNode {
  const { id, number, party, goods, quantityKg, ratePaisePerKg, amountPaise, note, createdBy, createdAt, changedBy, version } = trade
  return (
    <tr className="trades-row" data-fresh={fresh} data-open={open} data-version={version} onClick={() => onOpen(id)}>
      <td className="only-wide soft">{number}</td>
      <td className="trades-party">
        <button type="button" className="trades-open">
          {party}
        </button>
        {viewers.map(({ userId, name }) => (
          <PersonAvatar key={userId} id={userId} name={name} size={20} label={`${name} has this open`} />
        ))}
        <span className="trades-sub">
          {kind.goodsName(goods)}
          {note !== '' && <span className="trades-note"> · {note}</span>}
        </span>
      </td>
      <td className="end" title={quintals(quantityKg)}>
        {kilograms(quantityKg)}
        <span className="trades-sub only-phone">{money(ratePaisePerKg)}/kg</span>
      </td>
      <td className="end only-wide">{money(ratePaisePerKg)}</td>
      <td className="end strong">{money(amountPaise)}</td>
      <td className="only-wide">
        <span className="trades-by">
          <PersonAvatar
            id={createdBy.id}
            name={createdBy.name}
            size={22}
            label={changedBy === undefined ? createdBy.name : `${createdBy.name}; changed by ${changedBy.name}`}
          />
          <Ago time={createdAt} />
          {version > 1 && (
            <span className="soft" title={changedBy === undefined ? 'Changed since' : `Changed by ${changedBy.name}`}>
              (edited)
            </span>
          )}
        </span>
      </td>
    </tr>
  )
}
