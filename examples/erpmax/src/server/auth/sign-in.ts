import { createHash, randomBytes } from 'node:crypto'
import type { Login } from '../../contract/inputs.ts'
import type { User } from '../../contract.ts'
import type { App } from '../app.ts'
import { one } from '../database/port.ts'
import { Problem } from '../problem.ts'
import { findCredentials, findUser } from '../users.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { LoginGuard } from './login-guard.ts'
import { passwordMatches } from './passwords.ts'

const refreshTtlMs = 30 * 24 * 3_600_000

/** What signing in answers. */
export interface Grant {
  readonly access_token: string
  readonly refresh_token: string
  /** Seconds that the access token is good for. */
  readonly expires_in: number
  readonly user: User
}

export interface SignIn {
  grant(user: User): Promise<Grant>
  login(input: Login, address: string): Promise<Grant>
  refresh(refreshToken: string): Promise<Grant>
  logout(refreshToken: string): Promise<null>
}

// The tokens themselves are nowhere in the database.
const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

export function createSignIn({ db, clock }: App, tokens: AccessTokens, guard: LoginGuard): SignIn {
  async function grant(user: User): Promise<Grant> {
    const now = clock.now()
    const refresh_token = randomBytes(32).toString('base64url')
    await db.run(
      'insert into refresh_tokens (hash, user_id, expires_at) values (?, ?, ?)',
      hashOf(refresh_token),
      user.id,
      now + refreshTtlMs,
    )
    await db.run('delete from refresh_tokens where expires_at < ?', now)
    return { access_token: await tokens.sign(user, now), refresh_token, expires_in: tokens.ttlSeconds, user }
  }

  return {
    grant,
    async login({ email, password }, address) {
      guard.check(address, email)
      const known = await findCredentials(db, email)
      const matches = await passwordMatches(password, known?.passwordHash ?? null)
      guard.check(address, email)
      if (known === null || !matches) {
        guard.failed(address, email)
        throw new Problem('auth_invalid', 'Email or password is not right')
      }
      guard.succeeded(address, email)
      return grant(known.user)
    },

    async refresh(refreshToken) {
      const row = await one<{ user_id: string; expires_at: number }>(
        db,
        'delete from refresh_tokens where hash = ? returning user_id, expires_at',
        hashOf(refreshToken),
      )
      const user = row !== null && row.expires_at > clock.now() ? await findUser(db, row.user_id) : null
      if (user === null) throw new Problem('auth_invalid', 'The refresh token is not valid: sign in again')
      return grant(user)
    },

    async logout(refreshToken) {
      await db.run('delete from refresh_tokens where hash = ?', hashOf(refreshToken))
      return null
    },
  }
}
