import type { ReactNode } from 'react'
import type { Batch } from '../../contract.ts'
import { kilograms } from '../format/weight.ts'
import { shareOf } from './outturn.ts'
import './outturn-bar.css'

/** What a batch gave, as parts of its paddy. */
export function OutturnBar({ batch }: { readonly batch: Batch }): ReactNode {
  const parts = [
    { name: 'Rice', kg: batch.riceKg, color: 'var(--buy)' },
    { name: 'Broken rice', kg: batch.brokenRiceKg, color: 'var(--milled)' },
    { name: 'Bran', kg: batch.branKg, color: 'var(--sell)' },
    { name: 'Husk', kg: batch.huskKg, color: 'light-dark(#b9a98a, #7d7158)' },
  ]
  const words = parts.map(({ name, kg }) => `${name} ${kilograms(kg ?? 0)} (${shareOf(kg, batch).toFixed(1)} %)`).join(', ')
  return (
    <span className="outturn" role="img" aria-label={words} title={words}>
      {parts.map(({ name, kg, color }) => (
        <i key={name} style={{ width: `${shareOf(kg, batch)}%`, background: color }} />
      ))}
    </span>
  )
}
