import type { Locator, Page } from '@playwright/test'
import { expect } from './people.ts'

export interface Purchase {
  readonly supplier: string
  readonly kg: number
  readonly rupees: number
}

/** Opens the form and fills it; saving is left to the test. */
export async function fillPurchase(page: Page, { supplier, kg, rupees }: Purchase): Promise<Locator> {
  await page.getByRole('button', { name: 'New purchase' }).click()
  const form = page.getByRole('dialog')
  await field(form, 'Supplier').fill(supplier)
  await field(form, 'Variety').fill('Sona Masuri')
  await field(form, 'Quantity').fill(String(kg))
  await field(form, 'Rate per kg').fill(String(rupees))
  return form
}

/** The input, not the list of proposals that has the same label. */
export function field(form: Locator, label: string | RegExp): Locator {
  return form.getByLabel(label).and(form.locator('input'))
}

export async function buy(page: Page, purchase: Purchase): Promise<void> {
  const form = await fillPurchase(page, purchase)
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(form).toBeHidden()
}

/** The rows of one supplier in the list. */
export function rowsOf(page: Page, supplier: string): Locator {
  return page.locator('tr.trades-row').filter({ hasText: supplier })
}

/** Opens the record of a supplier. */
export async function open(page: Page, supplier: string): Promise<Locator> {
  await rowsOf(page, supplier).click()
  const form = page.getByRole('dialog')
  await expect(field(form, 'Supplier')).toHaveValue(supplier)
  return form
}
