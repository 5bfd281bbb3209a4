import { badge, expect, isLive, screenshots, test } from './support/people.ts'
import { field, fillPurchase, rowsOf } from './support/trade.ts'

test('an entry whose answer was lost is entered once, however often it is sent', async ({ window }) => {
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  const ravi = await window('ravi@millrace.test', { at: '/purchases' })
  let lost = 0
  await asha.route('**/api/v1/mills/*/purchases', async (route) => {
    if (route.request().method() !== 'POST' || lost === 2) return route.continue()
    lost++
    // It arrives, is carried out, and nobody hears of it.
    await route.fetch()
    await route.abort()
  })
  const form = await fillPurchase(asha, { supplier: 'Sent three times', kg: 800, rupees: 21 })
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(form.getByRole('alert')).toContainText('Save it now')
  await form.getByRole('button', { name: 'Save now' }).click()
  await expect.poll(() => lost).toBe(2)
  await form.getByRole('button', { name: 'Save now' }).click()
  await expect(form).toBeHidden()
  for (const page of [asha, ravi]) await expect(rowsOf(page, 'Sent three times')).toHaveCount(1)
})

test('what is being entered outlives the server and a reload of the window', async ({ mill, window }) => {
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  const form = await fillPurchase(asha, { supplier: 'Kept through it all', kg: 640, rupees: 21.5 })
  await mill.kill()
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(form.getByRole('alert')).toContainText('Not saved yet')
  await expect(badge(asha)).toHaveAttribute('data-state', 'reconnecting')
  await asha.screenshot({ path: `${screenshots}/save-while-away.png` })

  await mill.start()
  await asha.goto('/purchases/new')
  await isLive(asha)
  await expect(field(form, 'Supplier')).toHaveValue('Kept through it all')
  await expect(field(form, 'Quantity')).toHaveValue('640')
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(form).toBeHidden()
  await expect(rowsOf(asha, 'Kept through it all')).toHaveCount(1)
})

test('a form that is not filled in says what is missing, where it is missing', async ({ window }) => {
  const asha = await window('asha@millrace.test', { at: '/sales/new' })
  const form = asha.getByRole('dialog')
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(form.getByText('Fill this in')).toHaveCount(3)
  await expect(form.getByText('Choose one')).toHaveCount(1)
  await expect(field(form, 'Buyer')).toBeFocused()
  // What only the server can know comes to the same form.
  await field(form, 'Buyer').fill('Too much at once')
  await field(form, 'Goods').click()
  await asha.getByRole('option', { name: 'Husk' }).click()
  await field(form, 'Quantity').fill('9000000')
  await field(form, 'Rate per kg').fill('1')
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(form.getByRole('alert')).toContainText('There is not enough in stock')
})
