import { postgresDefaults } from '@millrace/server/postgres'
import { afterAll, describe, expect, it } from 'vitest'
import { membersOf } from './node/declared.ts'
import { openSamples } from './node/samples.ts'
import { nameOf, tableAfter } from './tables.ts'

const readme = 'packages/server/README.md'

it('lists every option of the server, in the order of the source', () => {
  const rows = tableAfter(readme, '## `createServer(options): MillraceServer<typeof contract>`')
  expect(rows.map(nameOf)).toEqual(membersOf('packages/server/src/options.ts', 'ServerOptions'))
})

it('lists every method of the server, in the order of the source', () => {
  expect(tableAfter(readme, '## `MillraceServer`').map(nameOf)).toEqual(membersOf('packages/server/src/api.ts', 'MillraceServer'))
})

it('lists every claim that is mapped', () => {
  expect(tableAfter(readme, '### `jwt(options): Authenticator`').map(nameOf)).toEqual(
    membersOf('packages/server/src/auth/claims.ts', 'ClaimNames'),
  )
})

it('lists every setting of the PostgreSQL store with its default', () => {
  const rows = new Map(tableAfter(readme, '### `postgresStore(options): Promise<Store>`').map((row) => [nameOf(row), row[2]]))
  for (const [name, value] of Object.entries(postgresDefaults))
    expect([name, rows.get(name)]).toEqual([name, typeof value === 'number' ? String(value) : `\`'${value}'\``])
})

describe('an adapter of the log, as the README tests it', async () => {
  const samples = await openSamples('server-readme')
  afterAll(() => samples.close())
  await samples.load('log.test.ts')
})

it('lists every suite', async () => {
  const suites = Object.keys(await import('@millrace/server/testing/conformance')).filter((name) => name.startsWith('describe'))
  expect(tableAfter(readme, '## For authors of adapters').map(nameOf).sort()).toEqual(suites.sort())
})
