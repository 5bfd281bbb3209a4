import { defineConfig } from '@playwright/test'
import { requireChromium } from './src/support/chromium.ts'

/** The pages as people see them: the real program, a real browser, one test at a time on the machine's two cores. */
export default defineConfig({
  testDir: 'src',
  outputDir: 'artefacts/results',
  workers: 1,
  // A second try would hide a race.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  globalSetup: './src/support/build-page.ts',
  use: {
    actionTimeout: 10_000,
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: requireChromium(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
})
