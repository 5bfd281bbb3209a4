import type { Batch } from '../../contract.ts'

export interface Products {
  readonly riceKg: number | null
  readonly brokenRiceKg: number | null
  readonly branKg: number | null
  readonly huskKg: number | null
}

/** What usually comes out of a hundred kilograms of paddy. */
const usualShares = { riceKg: 66, brokenRiceKg: 3, branKg: 8, huskKg: 20 } as const

export function usualProducts(paddyKg: number): Products {
  const share = (percent: number) => Math.floor((paddyKg * percent) / 100)
  return {
    riceKg: share(usualShares.riceKg),
    brokenRiceKg: share(usualShares.brokenRiceKg),
    branKg: share(usualShares.branKg),
    huskKg: share(usualShares.huskKg),
  }
}

export const producedKg = ({ riceKg, brokenRiceKg, branKg, huskKg }: Products): number =>
  (riceKg ?? 0) + (brokenRiceKg ?? 0) + (branKg ?? 0) + (huskKg ?? 0)

/** A product's part of the paddy, in percent. */
export const shareOf = (kg: number | null, { paddyKg }: Pick<Batch, 'paddyKg'>): number => (paddyKg === 0 ? 0 : ((kg ?? 0) / paddyKg) * 100)
