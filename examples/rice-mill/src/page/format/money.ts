const exact = new Intl.NumberFormat('en-IN', { style: 'currency', currency: 'INR', minimumFractionDigits: 2 })
const whole = new Intl.NumberFormat('en-IN', { style: 'currency', currency: 'INR', maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en-IN', { style: 'currency', currency: 'INR', notation: 'compact', maximumFractionDigits: 2 })

/** `₹1,23,456.00`, from paise. */
export const money = (paise: number): string => exact.format(paise / 100)

/** `₹1,23,456`, from paise: for figures where paise are noise. */
export const wholeMoney = (paise: number): string => whole.format(Math.round(paise / 100))

/** `₹1.23L`, from paise: for the axis of a chart. */
export const compactMoney = (paise: number): string => compact.format(paise / 100)

export const toPaise = (rupees: number): number => Math.round(rupees * 100)
