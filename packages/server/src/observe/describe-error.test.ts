import { MillraceError } from '@millrace/contract'
import { expect, it } from 'vitest'
import { describeError } from './describe-error.ts'

it('[OPS2] keeps the message of our own errors and of no other', () => {
  const cause = Object.assign(new Error('cannot store {"salary":9000}'), { code: 'SQLITE_FULL' })
  const described = describeError(new MillraceError('unavailable', 'the store could not write', undefined, { cause }))
  expect(described).toMatchObject({
    code: 'unavailable',
    message: 'the store could not write',
    cause: { error: 'Error', code: 'SQLITE_FULL' },
  })
  expect(JSON.stringify(described)).not.toContain('salary')
  expect(described.stack?.[0]).toContain('describe-error.test')
})

it('[OPS2] tells only the type of what is no error', () => {
  expect(describeError('password')).toEqual({ error: 'string' })
})
