import { expect, it } from 'vitest'
import { membersOf } from './node/declared.ts'
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
