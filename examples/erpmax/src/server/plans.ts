import type { Plan, PlanId } from '../contract.ts'

export const currency = 'USD'

const cents = { starter: 2_900, growth: 9_900, scale: 29_900 } as const satisfies Record<PlanId, number>
const names = { starter: 'Starter', growth: 'Growth', scale: 'Scale' } as const satisfies Record<PlanId, string>
const seats = { starter: 5, growth: 25, scale: 200 } as const satisfies Record<PlanId, number>

export const toAmount = (whole: number): number => whole / 100

export const centsOf = (plan: PlanId): number => cents[plan]

export const planOf = (id: PlanId): Plan => ({ id, name: names[id], amount: toAmount(cents[id]), currency, seats: seats[id] })

export const plans: readonly Plan[] = (['starter', 'growth', 'scale'] as const).map(planOf)
