import type { Login } from '../../contract/inputs.ts'
import type { User } from '../../contract.ts'
import type { App } from '../app.ts'
import { Problem } from '../problem.ts'
import { findCredentials, findUser } from '../users.ts'
import type { AccessTokens } from './access-tokens.ts'
import type { LoginGuard } from './login-guard.ts'
import { passwordMatches } from './passwords.ts'
import { continueSession, endSessionOf, type SessionGrant, startSession } from './sessions.ts'

export interface SignedIn {
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds that the access token is good for. */
  readonly expiresIn: number
  readonly user: User
}

export interface SignIn {
  login(input: Login, address: string): Promise<SignedIn>
  refresh(refreshToken: string): Promise<SignedIn>
  logout(refreshToken: string): Promise<null>
}

const inactive = () => new Problem('auth_inactive', 'User not found or inactive')

export function createSignIn({ db, rt, clock }: App, tokens: AccessTokens, guard: LoginGuard): SignIn {
  async function signedIn(user: User, { sessionId, refreshToken }: SessionGrant): Promise<SignedIn> {
    return { accessToken: await tokens.sign(user, sessionId, clock.now()), refreshToken, expiresIn: tokens.ttlSeconds, user }
  }

  return {
    async login({ email, password }, address) {
      guard.check(address, email)
      const known = findCredentials(db, email)
      const matches = await passwordMatches(password, known?.passwordHash ?? null)
      guard.check(address, email)
      if (known === null || !matches) {
        guard.failed(address, email)
        throw new Problem('auth_invalid', 'Email or password is not right')
      }
      guard.succeeded(address, email)
      if (!known.user.isActive) throw inactive()
      return signedIn(known.user, startSession(db, known.user.id, clock.now()))
    },

    async refresh(refreshToken) {
      const session = continueSession(db, refreshToken, clock.now())
      if (session.kind === 'ended') await rt.reauthorize(session.userId)
      if (session.kind !== 'continued') throw new Problem('auth_invalid', 'The refresh token is not valid: sign in again')
      const { grant } = session
      const user = findUser(db, grant.userId)
      if (user?.isActive !== true) throw inactive()
      return signedIn(user, grant)
    },

    async logout(refreshToken) {
      const userId = endSessionOf(db, refreshToken, clock.now())
      // Connections of the session lose their subscriptions; those of the person's other sessions keep them.
      if (userId !== null) await rt.reauthorize(userId)
      return null
    },
  }
}
