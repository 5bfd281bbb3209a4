import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { User } from '../src/contract.ts'
import { api } from './support/api.ts'
import { openMill, type TestMill } from './support/mill.ts'

interface SignedIn {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresIn: number
  readonly user: User
}

describe('signing in', () => {
  let test: TestMill
  beforeAll(async () => {
    test = await openMill()
  })
  afterAll(() => test[Symbol.asyncDispose]())

  const login = (email: string, password: string) => test.anyone.post<SignedIn>('/auth/login', { email, password })
  const refresh = (refreshToken: string) => test.anyone.post<SignedIn>('/auth/refresh', { refreshToken })

  it('answers tokens and the user, and nothing of the password', async () => {
    const { status, body } = await login(' Asha@Millrace.TEST ', 'millrace')
    expect(status).toBe(200)
    expect(body).toEqual({
      success: true,
      message: 'Signed in',
      data: {
        accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        refreshToken: expect.stringMatching(/^[\w-]{43}$/),
        expiresIn: 900,
        user: { id: 'user-asha', email: 'asha@millrace.test', name: 'Asha Nair', role: 'MILL_ADMIN', millId: 'mill-1', isActive: true },
      },
    })
    const claims = JSON.parse(Buffer.from(body.data.accessToken.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
    expect(claims).toMatchObject({ sub: 'user-asha', role: 'MILL_ADMIN', millId: 'mill-1', name: 'Asha Nair' })
    expect(Number(claims.exp) - Number(claims.iat)).toBe(900)
    expect(await (await api(test.url, body.data.accessToken).get('/auth/me')).body.data).toEqual(body.data.user)
  })

  it('says the same for a wrong password and for an unknown address', async () => {
    const [wrong, unknown] = [await login('asha@millrace.test', 'wrong'), await login('nobody@millrace.test', 'millrace')]
    expect(wrong.status).toBe(401)
    expect(wrong.body).toEqual({ success: false, error: { code: 'auth_invalid', message: 'Email or password is not right', details: {} } })
    expect(unknown.body).toEqual(wrong.body)
  })

  it('refuses who is not active', async () => {
    const { status, body } = await login('ira@millrace.test', 'millrace')
    expect(status).toBe(403)
    expect(body.error).toEqual({ code: 'auth_inactive', message: 'User not found or inactive', details: {} })
    expect((await login('ira@millrace.test', 'wrong')).status).toBe(401)
  })

  it('[CON3] names what is missing', async () => {
    const { status, body } = await test.anyone.post('/auth/login', { email: 5 })
    expect(status).toBe(400)
    expect((body.error.details.faults as { path: string }[]).map(({ path }) => path)).toEqual(['email', 'password'])
  })

  it('gives a new refresh token for each, and the new one works', async () => {
    const first = (await login('ravi@millrace.test', 'millrace')).body.data
    const second = (await refresh(first.refreshToken)).body.data
    expect(second.refreshToken).not.toBe(first.refreshToken)
    expect((await refresh(second.refreshToken)).status).toBe(200)
    expect((await refresh('made-up')).status).toBe(401)
  })

  it('slows down guessing, per address and email, and a right password too', async () => {
    for (let count = 0; count < 10; count += 1) expect((await login('meena@millrace.test', `guess ${count}`)).status).toBe(401)
    const { status, headers, body } = await login('meena@millrace.test', 'millrace')
    expect(status).toBe(429)
    expect(body.error.code).toBe('rate_limited')
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await login('ravi@millrace.test', 'millrace')).status).toBe(200)
  })

  it('tells of many guesses at once no more than of one after the other', async () => {
    const guesses = Array.from({ length: 40 }, (_, index) => login('admin@millrace.test', index === 39 ? 'millrace' : `guess ${index}`))
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(statuses.filter((status) => status === 429)).toHaveLength(30)
  })

  it('is not slowed down by those who know their password', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => login('asha@millrace.test', 'millrace')))
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
  })
})

describe('a session', () => {
  let test: TestMill
  beforeEach(async () => {
    test = await openMill()
  })
  afterEach(() => test[Symbol.asyncDispose]())

  const refresh = (refreshToken: string) => test.anyone.post<SignedIn>('/auth/refresh', { refreshToken })
  /** As if this token had been used a minute ago. */
  const age = () => test.mill.app.db.exec('update refreshTokens set usedAt = usedAt - 60000')

  it('allows two windows to refresh at the same moment', async () => {
    const { refreshToken } = await test.as('asha')
    const replies = await Promise.all([refresh(refreshToken), refresh(refreshToken)])
    expect(replies.map(({ status }) => status)).toEqual([200, 200])
  })

  it('ends when a used refresh token comes again: it was copied', async () => {
    const asha = await test.as('asha')
    const next = (await refresh(asha.refreshToken)).body.data
    age()
    expect((await refresh(asha.refreshToken)).status).toBe(401)
    expect((await refresh(next.refreshToken)).status).toBe(401)
    expect((await asha.get('/auth/me')).status).toBe(401)
  })

  it('ends with the sign-out, its access token included', async () => {
    const asha = await test.as('asha')
    expect((await test.anyone.post('/auth/logout', { refreshToken: asha.refreshToken })).body).toEqual({
      success: true,
      data: null,
      message: 'Signed out',
    })
    expect((await asha.get('/auth/me')).status).toBe(401)
    expect((await refresh(asha.refreshToken)).status).toBe(401)
    expect((await test.anyone.post('/auth/logout', { refreshToken: asha.refreshToken })).status).toBe(200)
  })

  it('keeps no token and no password as it is', async () => {
    const { refreshToken } = await test.as('asha')
    const { db } = test.mill.app
    const stored = JSON.stringify([...db.prepare('select * from refreshTokens').all(), ...db.prepare('select * from users').all()])
    expect(stored).not.toContain(refreshToken)
    expect(stored).not.toMatch(/"passwordHash":"(?!scrypt:)/)
  })
})
