import type { Page } from '@playwright/test'
import { expect, screenshots, test } from './support/people.ts'
import { buy, field, fillPurchase, rowsOf } from './support/trade.ts'

test('what one person enters, changes and deletes is seen by the other at once', async ({ window }) => {
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  const ravi = await window('ravi@millrace.test', { at: '/purchases' })
  await expect(ravi.locator('tr.trades-row').first()).toBeVisible()

  const form = await fillPurchase(asha, { supplier: 'Kaveri Farms', kg: 1250, rupees: 23.5 })
  const seen = timeOfAppearance(ravi, 'Kaveri Farms')
  const clicked = timeOfClick(asha)
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(rowsOf(ravi, 'Kaveri Farms')).toHaveCount(1)
  console.log(`click to visible in the other window: ${Math.round((await seen) - (await clicked))} ms`)
  await expect(rowsOf(asha, 'Kaveri Farms')).toHaveCount(1)
  await ravi.screenshot({ path: `${screenshots}/purchase-seen.png` })

  await rowsOf(ravi, 'Kaveri Farms').click()
  const open = ravi.getByRole('dialog')
  await field(open, 'Quantity').fill('1300')
  await open.getByRole('button', { name: 'Save changes' }).click()
  await expect(rowsOf(asha, 'Kaveri Farms')).toContainText('1,300')

  await rowsOf(asha, 'Kaveri Farms').click()
  await asha.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
  await asha.getByRole('button', { name: 'Yes, delete it' }).click()
  await expect(rowsOf(ravi, 'Kaveri Farms')).toHaveCount(0)
})

test('who is entering something is shown, and no longer when they stop', async ({ window }) => {
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  const ravi = await window('ravi@millrace.test', { at: '/purchases' })
  await fillPurchase(ravi, { supplier: 'Typed', kg: 1, rupees: 1 })
  const typing = asha.locator('[data-typing="true"]').first()
  await expect(typing).toContainText('Ravi')
  await asha.screenshot({ path: `${screenshots}/typing.png` })
  await ravi.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
  await expect(asha.locator('[data-typing="true"]')).toHaveCount(0, { timeout: 15_000 })
})

test('a person of another mill sees nothing of it', async ({ window }) => {
  const meena = await window('meena@millrace.test', { at: '/purchases' })
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  await expect(meena.locator('tr.trades-row').first()).toBeVisible()
  await buy(asha, { supplier: 'Only of mill one', kg: 100, rupees: 20 })
  await buy(meena, { supplier: 'Only of mill two', kg: 100, rupees: 20 })
  // Her own purchase has come, so what was published before it has come too, or never will.
  await expect(rowsOf(meena, 'Only of mill two')).toHaveCount(1)
  await expect(meena.getByText('Only of mill one')).toHaveCount(0)
  await expect(asha.getByText('Only of mill two')).toHaveCount(0)
})

/** When the pages themselves say that it happened; both windows are on one machine, and have one clock. */
function timeOfClick(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        document.addEventListener('click', () => resolve(performance.timeOrigin + performance.now()), { capture: true, once: true })
      }),
  )
}

function timeOfAppearance(page: Page, text: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (!document.querySelector('.trades')?.textContent?.includes(wanted)) return
          watch.disconnect()
          resolve(performance.timeOrigin + performance.now())
        }
        const watch = new MutationObserver(look)
        watch.observe(document.body, { childList: true, subtree: true, characterData: true })
      }),
    text,
  )
}
