import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type HttpApiOptions, hashApiKey, httpApiDefaults } from '@millrace/server/http'
import { eventually } from '@millrace-tests/support'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSamples, type Samples } from './node/samples.ts'
import { blocksOf } from './shell-samples.ts'
import { nameOf, tableAfter } from './tables.ts'
import { secret } from './tokens.ts'

const run = promisify(execFile)
const document = 'docs/guides/http-api.md'
const key = 'the key of the guide'.replaceAll(' ', '-')

let samples: Samples
beforeEach(async () => {
  samples = await openSamples('http-api')
  samples.run('server.ts', { env: { JWT_SECRET: secret, ERP_KEY_HASH: hashApiKey(key), SCALES_KEY_HASH: hashApiKey('another') } })
  await eventually('the server', async () => (await fetch(`${samples.url}/health`).catch(() => null))?.ok === true, { ms: 20_000 })
})
afterEach(() => samples.close())

const here = (code: string) => code.replaceAll('localhost:5000', `127.0.0.1:${samples.port}`)

it('[ING1] publishes with curl as printed, and once where it is run twice', async () => {
  const curl = here(blocksOf('http-api.md', 'sh').find((block) => block.startsWith('curl')) ?? '')
  const publish = async () => JSON.parse((await run('bash', ['-c', curl], { env: { ...process.env, KEY: key } })).stdout)
  const published = await publish()
  expect(published).toMatchObject({ position: { offset: 1 } })
  expect(await publish()).toEqual(published)
})

it('[ING1] publishes and notifies with Python as printed, and says what is wrong', async () => {
  const [code = ''] = blocksOf('http-api.md', 'python')
  const file = join(samples.folder, 'publish.py')
  writeFileSync(file, here(code))
  const python = (kg: string) => run('python3', [file, kg], { env: { ...process.env, KEY: key } })
  expect((await python('400')).stdout).toBe('offset 1\n')
  expect((await python('400')).stdout).toBe('offset 1\n')
  await expect(python('-1')).rejects.toMatchObject({ stderr: expect.stringContaining('invalid_payload: ') })
  const inbox = await fetch(`${samples.url}/v1/users/asha/inbox`, { headers: { authorization: `Bearer ${key}` } })
  expect(await inbox.json()).toMatchObject({ unread: 1, notifications: [{ title: 'Bought' }] })
})

it('[ING2] makes of a key on the command line the hash that the server knows', async () => {
  const [hashing = ''] = blocksOf('http-api.md', 'sh').filter((block) => block.includes('sha256sum'))
  const { stdout } = await run('bash', ['-c', `${hashing}\necho "$KEY"`])
  const [hash, drawn = ''] = stdout.trim().split('\n')
  expect(hash).toBe(hashApiKey(drawn))
})

it('[ING3] lists the calls and the bounds that there are', async () => {
  const listed = tableAfter(document, '## Calls').map(([call = '']) => call.replaceAll('`', ''))
  const { paths } = (await (await fetch(`${samples.url}/v1/openapi.json`)).json()) as { paths: Record<string, object> }
  const served = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
  expect(listed.sort()).toEqual([...served, 'GET /v1/openapi.json'].sort())
  const { rate, ...numbers } = httpApiDefaults
  const shown: Partial<Record<keyof HttpApiOptions, string>> = { rate: `${rate.perSecond} a second, ${rate.burst} at once` }
  for (const [name, value] of Object.entries(numbers)) Object.assign(shown, { [name]: String(value) })
  expect(Object.fromEntries(tableAfter(document, '## Bounds').map((row) => [nameOf(row), row[1]]))).toEqual(shown)
})
