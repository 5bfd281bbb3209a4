import { type Browser, test as base, expect, type Page } from '@playwright/test'
import { Mill } from './mill.ts'

export const screenshots = 'artefacts/screenshots'

/** Opens a window of its own (own storage, own connection) and signs a seeded person in. */
export async function signIn(browser: Browser, mill: Mill, email: string): Promise<Page> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(mill.url)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password', { exact: true }).fill('millrace')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('status', { name: /connection/i })).toHaveText(/live/i)
  return page
}

/** Tests that share nothing: each has a mill of its own. */
export const test = base.extend<{ mill: Mill }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern
  mill: async ({}, use) => {
    const mill = await Mill.open()
    await use(mill)
    await mill.close()
  },
})
export { expect }
