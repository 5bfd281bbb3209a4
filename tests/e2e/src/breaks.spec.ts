import { badge, expect, isLive, screenshots, test } from './support/people.ts'
import { buy, fillPurchase, rowsOf } from './support/trade.ts'

test('nothing is lost and nothing comes twice when the server is killed in the middle', async ({ mill, window }) => {
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  const ravi = await window('ravi@millrace.test', { at: '/purchases' })
  await buy(asha, { supplier: 'Before the kill', kg: 500, rupees: 21 })
  await expect(rowsOf(ravi, 'Before the kill')).toHaveCount(1)

  await mill.kill()
  await expect(badge(ravi)).toHaveAttribute('data-state', 'reconnecting')
  await ravi.screenshot({ path: `${screenshots}/server-killed.png` })
  // The list is still there to work with.
  await expect(rowsOf(ravi, 'Before the kill')).toHaveCount(1)

  await mill.start()
  await isLive(asha)
  await buy(asha, { supplier: 'After the kill', kg: 700, rupees: 22 })
  await isLive(ravi)
  for (const page of [asha, ravi])
    for (const supplier of ['Before the kill', 'After the kill']) await expect(rowsOf(page, supplier)).toHaveCount(1)
  await ravi.screenshot({ path: `${screenshots}/after-the-kill.png` })
})

test('a window that was offline catches up, and a save while away says so and can be repeated', async ({ window }) => {
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  const ravi = await window('ravi@millrace.test', { at: '/purchases' })
  await expect(ravi.locator('tr.trades-row').first()).toBeVisible()

  await ravi.context().setOffline(true)
  await expect(badge(ravi)).toHaveAttribute('data-state', 'offline')
  await ravi.screenshot({ path: `${screenshots}/offline.png` })
  await buy(asha, { supplier: 'While Ravi was away', kg: 900, rupees: 20 })

  const form = await fillPurchase(ravi, { supplier: 'Entered without a network', kg: 60, rupees: 25 })
  await form.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(form.getByRole('alert')).toBeVisible()
  await ravi.context().setOffline(false)
  await isLive(ravi)
  await expect(rowsOf(ravi, 'While Ravi was away')).toHaveCount(1)
  await form.getByRole('button', { name: 'Save now' }).click()
  await expect(rowsOf(asha, 'Entered without a network')).toHaveCount(1)
})
