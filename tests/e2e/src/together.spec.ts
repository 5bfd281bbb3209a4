import { expect, screenshots, test, visit } from './support/people.ts'
import { buy, field, open, rowsOf } from './support/trade.ts'

test('who has a record open is shown in the list, and among those who are here', async ({ window }) => {
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  const ravi = await window('ravi@millrace.test', { at: '/purchases' })
  await buy(asha, { supplier: 'Looked at by Ravi', kg: 100, rupees: 20 })
  await open(ravi, 'Looked at by Ravi')
  await expect(rowsOf(asha, 'Looked at by Ravi').getByRole('img', { name: 'Ravi Kumar' })).toBeVisible()
  await visit(asha, 'Activity')
  const here = asha.getByRole('listitem').filter({ hasText: 'Ravi Kumar' })
  await expect(here.getByText(/Purchases #\d+/)).toBeVisible()

  await test.step('and who deletes it, to those who have it open', async () => {
    await visit(asha, 'Purchases')
    const mine = await open(asha, 'Looked at by Ravi')
    await ravi.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await ravi.getByRole('button', { name: 'Yes, delete it' }).click()
    await expect(mine.getByText('Ravi Kumar has deleted this purchase')).toBeVisible()
    await expect(mine.getByRole('button', { name: 'Save changes' })).toBeDisabled()
    // Whoever deleted it can take that back.
    await ravi.getByRole('button', { name: 'Enter it again' }).click()
    await expect(rowsOf(ravi, 'Looked at by Ravi')).toHaveCount(1)
  })
})

test('two who change the same record lose nothing: what does not clash is merged, what does is asked', async ({ window }) => {
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  const ravi = await window('ravi@millrace.test', { at: '/purchases' })
  await buy(asha, { supplier: 'Edited by two', kg: 1000, rupees: 20 })
  const mine = await open(asha, 'Edited by two')
  const theirs = await open(ravi, 'Edited by two')

  await test.step('different fields', async () => {
    await field(mine, 'Rate per kg').fill('21')
    await field(theirs, 'Quantity').fill('1100')
    await theirs.getByRole('button', { name: 'Save changes' }).click()
    await expect(theirs).toBeHidden()
    await expect(mine.getByText('Ravi has changed this purchase just now')).toBeVisible()
    await expect(field(mine, 'Quantity')).toHaveValue('1,100')
    await expect(field(mine, 'Rate per kg')).toHaveValue('21')
  })

  await test.step('the same field', async () => {
    await open(ravi, 'Edited by two')
    await field(theirs, 'Rate per kg').fill('22')
    await theirs.getByRole('button', { name: 'Save changes' }).click()
    const panel = mine.getByRole('alert').filter({ hasText: 'Ravi has changed this too' })
    await expect(panel.getByRole('row', { name: 'Rate' })).toContainText('₹21.00 per kg₹22.00 per kg')
    await expect(mine.getByRole('button', { name: 'Save changes' })).toBeDisabled()
    await asha.screenshot({ path: `${screenshots}/clash.png` })
    await panel.getByRole('button', { name: 'Keep mine' }).click()
    await mine.getByRole('button', { name: 'Save changes' }).click()
    await expect(rowsOf(ravi, 'Edited by two')).toContainText('₹23,100.00')
  })
})

test('a conflict that only the server knows of is shown as well', async ({ window }) => {
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  const ravi = await window('ravi@millrace.test', { at: '/purchases' })
  await buy(asha, { supplier: 'Changed unheard', kg: 100, rupees: 20 })
  const mine = await open(asha, 'Changed unheard')
  await field(mine, 'Rate per kg').fill('25')
  // The events do not come any more, while REST still works: as behind a proxy that stalls.
  await asha.route('**/api/v1/mills/*/purchases/*', async (route) => route.fulfill({ response: await route.fetch() }))
  await asha.context().setOffline(true)
  const theirs = await open(ravi, 'Changed unheard')
  await field(theirs, 'Rate per kg').fill('22')
  await theirs.getByRole('button', { name: 'Save changes' }).click()
  await expect(theirs).toBeHidden()
  await mine.getByRole('button', { name: 'Save changes' }).click()
  await expect(mine.getByText('has changed this too')).toBeVisible()
  await mine.getByRole('button', { name: 'Take theirs' }).click()
  await expect(field(mine, 'Rate per kg')).toHaveValue('22')
})
