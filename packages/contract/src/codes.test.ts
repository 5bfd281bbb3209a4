import { describe, expect, it } from 'vitest'
import { type Code, disconnects, errors, MillraceError, refusals } from './index.ts'

const tables: Record<string, Readonly<Record<string, Code>>> = { refusals, errors, disconnects }

describe.each(Object.entries(tables))('the table of %s', (_, table) => {
  it.each(Object.entries(table))('says of %s whether to try again and what to do', (code, entry) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(typeof entry.retry).toBe('boolean')
    expect(entry.message).toMatch(/^[A-Z][^.]*$/)
    expect(entry.action).toMatch(/^[A-Z].*\.$/)
  })
})

describe('codes', () => {
  it('[AUTH1] names each refusal of an identity, and only an unavailable check is worth the same token again', () => {
    expect(refusals.auth_required.retry).toBe(false)
    expect(refusals.auth_invalid.retry).toBe(false)
    expect(refusals.auth_unavailable.retry).toBe(true)
    // Worth a retry with a fresh token.
    expect(refusals.auth_expired.retry).toBe(true)
  })

  it('numbers disconnects once each: 41xx come back, 43xx do not', () => {
    const numbers = Object.values(disconnects).map((disconnect) => disconnect.number)
    expect(new Set(numbers).size).toBe(numbers.length)
    for (const { number, retry } of Object.values(disconnects)) expect(Math.floor(number / 100)).toBe(retry ? 41 : 43)
  })

  it('means the same by a code that stands in two tables', () => {
    for (const code of Object.keys(errors)) {
      const refusal = (refusals as Readonly<Record<string, Code>>)[code]
      if (refusal !== undefined) expect(refusal.retry).toBe(errors[code as keyof typeof errors].retry)
    }
  })
})

describe('errors', () => {
  it('take message and retry from their code, and travel as a body', () => {
    const error = new MillraceError('rate_limited', undefined, { retryAfterMs: 50 })
    expect(error).toBeInstanceOf(Error)
    expect(error.toBody()).toEqual({
      code: 'rate_limited',
      message: errors.rate_limited.message,
      retry: true,
      details: { retryAfterMs: 50 },
    })
    expect(MillraceError.fromBody(error.toBody())).toEqual(error)
    expect(new MillraceError('auth_expired').toBody()).toEqual({
      code: 'auth_expired',
      message: refusals.auth_expired.message,
      retry: true,
    })
  })

  it('[CON4] keep the word of a newer server on a code that this table does not have', () => {
    for (const code of ['from_the_future', 'constructor', '__proto__'])
      expect(MillraceError.fromBody({ code, message: 'New', retry: true }).toBody()).toEqual({ code, message: 'New', retry: true })
  })
})
