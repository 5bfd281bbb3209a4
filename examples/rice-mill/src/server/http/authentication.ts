import type { Authenticator } from '@millrace/server'
import type { Request } from 'express'
import type { User } from '../../contract.ts'
import { activeUser } from '../access.ts'
import type { Database } from '../database.ts'
import { Problem } from '../problem.ts'

const messages = {
  auth_expired: 'The access token has expired: refresh it',
  auth_unavailable: 'The token could not be checked right now: try again',
}

/** Who asks: the active person whose token the request carries. Throws what is to be answered when there is none. */
export async function authenticate(db: Database, authenticator: Authenticator, request: Request): Promise<User> {
  const token = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '')?.[1]
  if (token === undefined) throw new Problem('auth_required', 'Sign in, and send the access token: "Authorization: Bearer …"')
  const result = await authenticator.authenticate(token)
  if (!result.ok) {
    const { code } = result
    throw code === 'auth_expired' || code === 'auth_unavailable'
      ? new Problem(code, messages[code])
      : new Problem('auth_invalid', 'The access token is not valid: sign in again')
  }
  const user = activeUser(db, result.identity)
  if (user === null) throw new Problem('auth_invalid', 'User not found or inactive')
  return user
}
