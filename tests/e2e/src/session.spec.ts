import { Mill } from './support/mill.ts'
import { badge, expect, isLive, test, visit } from './support/people.ts'
import { buy, rowsOf } from './support/trade.ts'

test('a token that runs out is renewed, for the connection and for REST, and nobody notices', async ({ window }) => {
  const mill = await Mill.open({ ACCESS_TOKEN_TTL: '4' })
  try {
    const asha = await window('asha@millrace.test', { of: mill })
    const states: string[] = []
    await asha.exposeFunction('stateIs', (state: string) => states.push(state))
    await asha.evaluate(() => {
      const shown = document.querySelector('.connection')
      // Holds: the function was exposed just before.
      const tell = (globalThis as unknown as { stateIs: (state: string) => void }).stateIs
      if (shown)
        new MutationObserver(() => tell(shown.getAttribute('data-state') ?? '')).observe(shown, { attributeFilter: ['data-state'] })
    })
    const renewed = () => asha.waitForResponse((response) => response.url().endsWith('/auth/refresh') && response.ok(), { timeout: 20_000 })
    await renewed()
    await renewed()
    await visit(asha, 'Purchases')
    await buy(asha, { supplier: 'With a new token', kg: 100, rupees: 20 })
    await expect(rowsOf(asha, 'With a new token')).toHaveCount(1)
    expect(states).toEqual([])
  } finally {
    await mill.close()
  }
})

test('a window that was duplicated goes on beside the first one', async ({ window }) => {
  const first = await window('asha@millrace.test')
  const token = await first.evaluate(() => sessionStorage.getItem('rice-mill:refresh-token'))
  const twin = await first.context().newPage()
  await twin.addInitScript((kept) => {
    if (sessionStorage.getItem('rice-mill:refresh-token') === null && kept !== null) sessionStorage.setItem('rice-mill:refresh-token', kept)
  }, token)
  await twin.goto('/')
  await isLive(twin)
  const renewed = () => first.evaluate(() => sessionStorage.getItem('rice-mill:refresh-token'))
  await expect.poll(renewed).not.toBe(token)
  await first.reload()
  await isLive(first)
  await twin.reload()
  await isLive(twin)
})

test('somebody whose account is switched off is signed out wherever they are', async ({ window }) => {
  const ravi = await window('ravi@millrace.test')
  const admin = await window('admin@millrace.test')
  await visit(admin, 'People')
  const allowed = admin.getByRole('switch', { name: 'Ravi Kumar may sign in' })
  const switchOver = () => admin.getByRole('listitem').filter({ has: allowed }).locator('.mantine-Switch-track').click()
  await switchOver()
  try {
    await expect(ravi.getByRole('alert')).toContainText('Your session has ended')
    await expect(ravi.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible()
  } finally {
    await switchOver()
    await expect(allowed).toBeChecked()
  }
})

test('signing out ends at the form, and nothing is left in the window', async ({ window }) => {
  const asha = await window('asha@millrace.test')
  await asha.getByRole('button', { name: /account and colours/ }).click()
  await asha.getByRole('button', { name: 'Sign out' }).click()
  await expect(asha.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible()
  expect(await asha.evaluate(() => sessionStorage.getItem('rice-mill:refresh-token'))).toBeNull()
  await asha.getByRole('button', { name: /Ravi Kumar/ }).click()
  await isLive(asha)
  await expect(badge(asha)).toBeVisible()
})
