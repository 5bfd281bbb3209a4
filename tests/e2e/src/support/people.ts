import { type Browser, type BrowserContext, test as base, expect, type Page } from '@playwright/test'
import { Mill } from './mill.ts'

export { expect }
export const screenshots = 'artefacts/screenshots'

export type OpenWindow = (email: string, options?: WindowOptions) => Promise<Page>

export interface WindowOptions {
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly colorScheme?: 'light' | 'dark'
  /** The address that it opens at. */
  readonly at?: string
  /** Another mill than the one that the tests share. */
  readonly of?: Mill
}

/** The tests share one mill, and tell their own records by the names in them; each has its own windows. */
export const test = base.extend<{ window: OpenWindow }, { mill: Mill }>({
  mill: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const mill = await Mill.open()
      await use(mill)
      await mill.close()
    },
    { scope: 'worker' },
  ],
  window: async ({ browser, mill }, use) => {
    // A test that failed may have left it killed.
    await mill.start()
    const opened: BrowserContext[] = []
    const complaints: string[] = []
    await use(async (email, { of = mill, at = '/', ...options } = {}) => {
      const page = await openWindow(browser, of, options)
      opened.push(page.context())
      page.on('pageerror', (error) => complaints.push(`${email}: ${error.message}`))
      page.on('console', (message) => {
        if (message.type() === 'error' && !isNetwork(message.text())) complaints.push(`${email}: ${message.text()}`)
      })
      await comeIn(page, of, email)
      await page.goto(at)
      await isLive(page)
      return page
    })
    for (const context of opened) await context.close()
    expect(complaints).toEqual([])
  },
})

/** What the browser itself writes when a request or a connection fails; the page says it to the person in its own way. */
function isNetwork(text: string): boolean {
  return text.startsWith('Failed to load resource:') || text.startsWith('WebSocket connection to')
}

async function openWindow(browser: Browser, mill: Mill, options: Pick<WindowOptions, 'viewport' | 'colorScheme'>): Promise<Page> {
  const context = await browser.newContext({ baseURL: mill.url, reducedMotion: 'reduce', ...options })
  return context.newPage()
}

/** Signs somebody in without the form, which has a test of its own: the window begins as one that was reloaded. */
async function comeIn(page: Page, mill: Mill, email: string): Promise<void> {
  const answer = await page.request.post(`${mill.url}/api/v1/auth/login`, { data: { email, password: 'millrace' } })
  const { data } = await answer.json()
  await page.addInitScript((token: string) => {
    if (sessionStorage.getItem('e2e:come-in') !== null) return
    sessionStorage.setItem('e2e:come-in', 'done')
    sessionStorage.setItem('rice-mill:refresh-token', token)
  }, data.refreshToken)
}

export function badge(page: Page) {
  return page.getByRole('button', { name: /^Connection:/ }).locator('visible=true')
}

export async function isLive(page: Page): Promise<void> {
  await expect(badge(page)).toHaveAttribute('data-state', 'live', { timeout: 45_000 })
}

/** Goes to a view as people do: by its link, wherever this window has it. */
export async function visit(page: Page, view: string): Promise<void> {
  const link = () => page.getByRole('link', { name: new RegExp(`^${view}( \\d|$)`) }).locator('visible=true')
  if ((await link().count()) === 0) await page.getByRole('button', { name: 'More', exact: true }).click()
  await link().click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(view)
}
