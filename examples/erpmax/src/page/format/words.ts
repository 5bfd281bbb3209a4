import type { PlanId, Subscription } from '../../contract.ts'

export const planNames = { starter: 'Starter', growth: 'Growth', scale: 'Scale' } as const satisfies Record<PlanId, string>
export const statusNames = { trial: 'Trial', active: 'Active', past_due: 'Past due' } as const satisfies Record<
  Subscription['status'],
  string
>

export function initials(name: string): string {
  const [first = '', ...others] = name.split(/\s+/)
  return ((first[0] ?? '') + (others.at(-1)?.[0] ?? '')).toUpperCase()
}

export const firstName = (name: string): string => name.split(' ')[0] ?? name

export function money(amount: number, currency: string): string {
  return new Intl.NumberFormat('en-US', { style: 'currency', currency, minimumFractionDigits: amount % 1 === 0 ? 0 : 2 }).format(amount)
}
