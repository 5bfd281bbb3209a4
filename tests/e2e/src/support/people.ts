import { type Browser, type BrowserContext, test as base, expect, type Page } from '@playwright/test'
import { Mill } from './mill.ts'

export { expect }
export const screenshots = 'artefacts/screenshots'

/** Tests that share nothing: each has a mill of its own, and people who close their windows. */
export const test = base.extend<{ mill: Mill; window: (email: string, options?: WindowOptions) => Promise<Page> }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  mill: async ({}, use) => {
    const mill = await Mill.open()
    await use(mill)
    await mill.close()
  },
  window: async ({ browser, mill }, use) => {
    const opened: BrowserContext[] = []
    const complaints: string[] = []
    await use(async (email, options = {}) => {
      const page = await openWindow(browser, mill, options)
      opened.push(page.context())
      page.on('pageerror', (error) => complaints.push(`${email}: ${error.message}`))
      await signIn(page, mill, email)
      return page
    })
    for (const context of opened) await context.close()
    expect(complaints).toEqual([])
  },
})

export interface WindowOptions {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
}

async function openWindow(browser: Browser, mill: Mill, options: WindowOptions): Promise<Page> {
  const context = await browser.newContext({ baseURL: mill.url, reducedMotion: 'reduce', ...options })
  return context.newPage()
}

async function signIn(page: Page, mill: Mill, email: string): Promise<void> {
  await page.goto(mill.url)
  await page.getByLabel('Email').fill(email)
  await page.getByRole('textbox', { name: 'Password' }).fill('millrace')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await isLive(page)
}

export function badge(page: Page) {
  return page.getByRole('button', { name: /^Connection:/ }).locator('visible=true')
}

export async function isLive(page: Page): Promise<void> {
  await expect(badge(page)).toHaveAttribute('data-state', 'live', { timeout: 45_000 })
}
