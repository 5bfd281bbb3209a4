import { afterAll, describe } from 'vitest'
import { openSamples } from './node/samples.ts'

const samples = await openSamples('testing')
afterAll(() => samples.close())

// The guide's tests, run as the tests that they are.
describe.each(['purchases.test.ts', 'badge.test.ts'])('%s', async (file) => {
  await samples.load(file)
})
