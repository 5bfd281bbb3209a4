import { type BrowserContextOptions, expect, type Page, test } from '@playwright/test'
import { comeIn, connection, Erpmax } from './support/erpmax.ts'
import { screenshots } from './support/people.ts'

test.describe('ERPMax', () => {
  let program: Erpmax
  const complaints: string[] = []

  test.beforeAll(async () => {
    program = await Erpmax.open()
  })
  test.afterAll(() => program.close())
  test.afterEach(() => expect(complaints.splice(0)).toEqual([]))

  async function openWindow(page: Page, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await page
      .context()
      .browser()
      ?.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options })
    const opened = await context?.newPage()
    if (opened === undefined) throw new Error('no browser')
    opened.on('pageerror', (error) => complaints.push(error.message))
    return opened
  }

  test('a company signs up, watches its site being set up through a kill of the server, and finds it running', async ({ page }) => {
    const ada = await openWindow(page)
    await ada.goto(program.url)
    await ada.getByRole('tab', { name: 'New company' }).click()
    await ada.getByLabel('Company').fill('Fern & Stone')
    await expect(ada.getByLabel('Address')).toHaveValue('fern-stone')
    await ada.getByLabel('Your name').fill('Ada Stone')
    await ada.getByLabel('Email').fill('ada@fern.test')
    await ada.getByLabel('Password', { exact: true }).fill('millrace')
    await ada.getByRole('button', { name: 'Set up my site' }).click()
    const site = ada.locator('.site')
    const progress = async () => Number(await site.getAttribute('data-progress'))
    await expect.poll(progress, { timeout: 20_000 }).toBeGreaterThanOrEqual(20)
    await ada.screenshot({ path: `${screenshots}/erpmax-provisioning.png` })

    await program.kill()
    await expect(connection(ada)).toHaveAttribute('data-state', 'reconnecting')
    const before = await progress()
    await program.start()
    await expect(site).toHaveAttribute('data-status', 'completed', { timeout: 40_000 })
    expect(await progress()).toBeGreaterThanOrEqual(before)
    await expect(site.getByText('https://fern-stone.erpmax.test')).toBeVisible()
    await expect(ada.getByRole('button', { name: /^Notifications, 2 unread/ })).toBeVisible()
    await ada.screenshot({ path: `${screenshots}/erpmax-ready.png` })
  })

  test('a name that is taken is said at its field', async ({ page }) => {
    const ben = await openWindow(page)
    await ben.goto(program.url)
    await ben.getByRole('tab', { name: 'New company' }).click()
    await ben.getByLabel('Company').fill('Acme')
    await ben.getByLabel('Your name').fill('Ben')
    await ben.getByLabel('Email').fill('not an address')
    await ben.getByLabel('Password', { exact: true }).fill('short')
    await ben.getByRole('button', { name: 'Set up my site' }).click()
    await expect(ben.getByText('give at least 8 characters')).toBeVisible()
    await ben.getByLabel('Email').fill('ben@acme.test')
    await ben.getByLabel('Password', { exact: true }).fill('long enough')
    await ben.getByRole('button', { name: 'Set up my site' }).click()
    await expect(ben.getByText('This address is taken: choose another one')).toBeVisible()
  })

  test('two people see each other, type, pay and are told, and what was said while the server was away comes in', async ({ page }) => {
    const [lena, omar] = [await openWindow(page), await openWindow(page, { colorScheme: 'dark' })]
    await comeIn(lena, program, 'Lena Fischer')
    await comeIn(omar, program, 'Omar Haddad')
    await expect(lena.getByRole('group', { name: 'Here now: Omar Haddad' })).toBeVisible()

    await lena.getByRole('textbox', { name: 'Message' }).fill('Shall I pay?')
    await expect(omar.locator('[data-typing="true"]')).toContainText('Lena is typing')
    await lena.getByRole('button', { name: 'Send' }).click()
    await expect(omar.getByText('Shall I pay?')).toBeVisible()
    await expect(omar.locator('[data-typing="true"]')).toHaveCount(0)

    await omar.getByRole('button', { name: 'Pay INV-0001' }).click()
    for (const window of [lena, omar]) {
      await expect(window.locator('tr[data-status="paid"]')).toContainText('INV-0001')
      await expect(window.locator('.plan')).toHaveAttribute('data-status', 'active')
    }
    await lena.getByRole('button', { name: /^Notifications, \d+ unread/ }).click()
    await expect(lena.getByText('Omar Haddad paid INV-0001: 99 USD')).toBeVisible()
    await lena.keyboard.press('Escape')
    await omar.screenshot({ path: `${screenshots}/erpmax-paid-dark.png` })

    await program.kill()
    await expect(connection(lena)).toHaveAttribute('data-state', 'reconnecting')
    await lena.getByRole('textbox', { name: 'Message' }).fill('Said while it was away')
    await lena.getByRole('button', { name: 'Send' }).click()
    await expect(lena.locator('[data-waiting="true"]')).toContainText('Said while it was away')
    await lena.screenshot({ path: `${screenshots}/erpmax-away.png` })
    await program.start()
    await expect(omar.getByText('Said while it was away')).toHaveCount(1, { timeout: 45_000 })
    await expect(lena.getByText('Said while it was away')).toHaveCount(1)
    await expect(lena.locator('[data-waiting="true"]')).toHaveCount(0)
  })

  test('a person of another company sees nothing of it', async ({ page }) => {
    const noor = await openWindow(page)
    await comeIn(noor, program, 'Noor Singh')
    await expect(noor.getByRole('heading', { level: 1 })).toHaveText('Borealis Foods')
    await expect(noor.getByText(/acme/i)).toHaveCount(0)
    await expect(noor.getByText('Nobody has said anything yet.')).toBeVisible()
  })
})
