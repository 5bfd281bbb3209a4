const grouped = new Intl.NumberFormat('en-IN')
const oneDigit = new Intl.NumberFormat('en-IN', { maximumFractionDigits: 2 })
const compact = new Intl.NumberFormat('en-IN', { notation: 'compact', maximumFractionDigits: 1 })

/** `2,450 kg` */
export const kilograms = (kg: number): string => `${grouped.format(kg)} kg`

/** `24.5 qtl`: a quintal is 100 kg, and what the trade counts in. */
export const quintals = (kg: number): string => `${oneDigit.format(kg / 100)} qtl`

/** `2.5K`, for the axis of a chart. */
export const compactKilograms = (kg: number): string => compact.format(kg)
