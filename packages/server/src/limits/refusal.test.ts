import { MillraceError } from '@millrace/contract'
import { expect, it } from 'vitest'
import { refusal } from './refusal.ts'

it('[BP3] is an error like any other, without the cost of a stack, and leaves the stacks of others alone', () => {
  const error = refusal('rate_limited', 'too much', { retryAfterMs: 7 })
  expect(error).toBeInstanceOf(MillraceError)
  expect(error.toBody()).toEqual({ code: 'rate_limited', message: 'too much', retry: true, details: { retryAfterMs: 7 } })
  expect(error.stack).not.toContain(' at ')
  expect(new Error('of another').stack).toContain(' at ')
})
