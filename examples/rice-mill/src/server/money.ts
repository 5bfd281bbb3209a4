const rupees = new Intl.NumberFormat('en-IN', { style: 'currency', currency: 'INR' })

export function formatRupees(paise: number): string {
  return rupees.format(paise / 100)
}
