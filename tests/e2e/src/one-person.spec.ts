import { faultsOf } from './support/accessible.ts'
import { expect, isLive, screenshots, test, visit } from './support/people.ts'
import { buy, rowsOf } from './support/trade.ts'

const bell = 'button[data-unread]'

test('two windows of one person share what is read', async ({ window }) => {
  const desk = await window('ravi@millrace.test')
  const phone = await window('ravi@millrace.test')
  const asha = await window('asha@millrace.test', { at: '/purchases' })
  await expect(desk.locator(bell)).toHaveAttribute('data-status', 'ready')
  const before = Number(await desk.locator(bell).getAttribute('data-unread'))
  await buy(asha, { supplier: 'Told to Ravi', kg: 300, rupees: 20 })
  for (const page of [desk, phone]) await expect(page.locator(bell)).toHaveAttribute('data-unread', String(before + 1))

  await phone.locator(bell).click()
  await expect(phone.getByText('created a new purchase').first()).toBeVisible()
  await phone.screenshot({ path: `${screenshots}/bell.png` })
  await phone.getByRole('button', { name: 'Mark all as read' }).click()
  for (const page of [desk, phone]) await expect(page.locator(bell)).toHaveAttribute('data-unread', '0')
  // What the store says, not only what the window remembers.
  await desk.reload()
  await expect(desk.locator(bell)).toHaveAttribute('data-unread', '0')
})

test('a super admin goes from mill to mill, and hears of the one that is shown', async ({ window }) => {
  const admin = await window('admin@millrace.test', { at: '/purchases' })
  const meena = await window('meena@millrace.test', { at: '/purchases' })
  const switcher = admin.getByRole('button', { name: /^Mill: / })
  await switcher.click()
  await admin.getByRole('menuitem', { name: /Godavari/ }).click()
  await expect(switcher).toHaveAccessibleName(/Godavari/)
  await expect(admin.locator('tr.trades-row').first()).toBeVisible()
  await buy(meena, { supplier: 'Seen by the admin', kg: 100, rupees: 20 })
  await expect(rowsOf(admin, 'Seen by the admin')).toHaveCount(1)
  await switcher.click()
  await admin.getByRole('menuitem', { name: /Annapurna/ }).click()
  await expect(rowsOf(admin, 'Seen by the admin')).toHaveCount(0)
})

test('the keyboard reaches everything, and every field has a label', async ({ window }) => {
  const asha = await window('asha@millrace.test')
  await asha.keyboard.press('g')
  await asha.keyboard.press('p')
  await expect(asha).toHaveURL(/\/purchases$/)
  await expect(asha.getByRole('searchbox')).toBeVisible()
  await asha.keyboard.press('/')
  await expect(asha.getByRole('searchbox')).toBeFocused()
  await asha.keyboard.press('Escape')
  await asha.locator('body').click({ position: { x: 640, y: 5 } })
  await asha.keyboard.press('n')
  await expect(asha.getByRole('dialog')).toBeVisible()
  expect(await faultsOf(asha)).toEqual([])
  await asha.keyboard.press('Escape')
  await expect(asha.getByRole('dialog')).toHaveCount(0)
  await asha.keyboard.press('?')
  await expect(asha.getByRole('dialog')).toContainText('From the keyboard')
})

test('each view fits a phone and a desk, light and dark', async ({ window }) => {
  const phone = await window('asha@millrace.test', { viewport: { width: 360, height: 740 } })
  const desk = await window('ravi@millrace.test', { colorScheme: 'dark' })
  for (const view of ['Dashboard', 'Purchases', 'Sales', 'Stock', 'Milling', 'Money', 'Staff', 'Activity'])
    for (const [name, page] of [
      ['phone', phone],
      ['desk-dark', desk],
    ] as const) {
      await visit(page, view)
      await expect(page.getByRole('status', { name: 'Loading' })).toHaveCount(0)
      expect(await faultsOf(page), `${view} on ${name}`).toEqual([])
      await page.screenshot({ path: `${screenshots}/${view.toLowerCase()}-${name}.png` })
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect(overflow, `${view} on ${name} is wider than its window by ${overflow} pixels`).toBe(0)
    }
})

test('signing in: a wrong password and an inactive account are told in words, the right one opens the mill', async ({ browser, mill }) => {
  const page = await (await browser.newContext({ baseURL: mill.url })).newPage()
  await page.goto('/')
  await page.screenshot({ path: `${screenshots}/sign-in.png` })
  for (const [email, password, words] of [
    ['asha@millrace.test', 'wrong', /password/i],
    ['ira@millrace.test', 'millrace', /not active/],
  ] as const) {
    await page.getByLabel('Email').fill(email)
    await page.getByRole('textbox', { name: 'Password' }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect(page.getByRole('alert')).toContainText(words)
  }
  await page.getByLabel('Email').fill('asha@millrace.test')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await isLive(page)
  await page.context().close()
})
