import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSamples, type Samples } from './node/samples.ts'
import { secret, tokenOf } from './tokens.ts'

let samples: Samples
beforeEach(async () => {
  samples = await openSamples('readme')
})
afterEach(() => samples.close())

it('[OUT1] runs the first lines as printed: what is bought in a transaction is heard, and what is rolled back is not', async () => {
  samples.add(
    'main.ts',
    `import { createInterface } from 'node:readline'
import { buy } from './buy.ts'
for await (const line of createInterface({ input: process.stdin })) {
  try {
    buy('7', JSON.parse(line))
    console.log('bought')
  } catch (error) {
    console.log('refused:', error.message)
  }
}`,
  )
  const server = samples.run('main.ts', { env: { JWT_SECRET: secret } })
  const client = samples.run('client.ts', { env: { ACCESS_TOKEN: tokenOf('asha', { millId: '7' }) } })
  await client.line(/\{ purchases: 0 \}/)
  server.write('{"id":"p-1","kg":400}')
  expect(await client.line(/^400 /)).toBe('400 1')
  server.write('{"id":"p-1","kg":500}')
  await server.line(/refused: UNIQUE constraint/)
  server.write('{"id":"p-2","kg":"much"}')
  await server.line(/refused: the payload of "purchase:created"/)
  server.write('{"id":"p-3","kg":600}')
  expect(await client.line(/^600 /)).toBe('600 2')
  expect(client.lines.filter((line) => line.startsWith('500'))).toEqual([])
})

it('[CHN1] admits nobody of another mill to the first lines', async () => {
  samples.run('server.ts', { env: { JWT_SECRET: secret } })
  const stranger = samples.run('client.ts', { env: { ACCESS_TOKEN: tokenOf('meena', { millId: '8' }) } })
  await stranger.line(/not allowed to hear mill:7/)
})

it('[OPS3] says in one line what to do where the secret is not set', async () => {
  const server = samples.run('server.ts', { env: { JWT_SECRET: '' } })
  await server.line(/^ConfigurationError: auth\.secret has fewer than 32 bytes: set a random one/)
  expect(await server.exited).toBe(1)
})
