import type { Authenticator } from '@millrace/server'
import { type Request, Router } from 'express'
import type { User } from '../../contract.ts'
import type { App } from '../app.ts'
import { Problem } from '../problem.ts'
import { findUser } from '../users.ts'
import type { Answer } from './answer.ts'

type Method = 'get' | 'post' | 'delete'

/** What a route reads of its request. Nothing of it has been checked yet. */
export interface Asked {
  readonly params: Readonly<Record<string, string>>
  readonly query: unknown
  readonly body: unknown
  /** The address that the request came from. */
  readonly address: string
}

type Add<Who> = (method: Method, path: string, handle: (who: Who, asked: Asked) => Answer | Promise<Answer>) => void

/** Adds routes by who may use them. Nothing else adds any, so none is open by oversight. */
export interface Routes {
  readonly router: Router
  readonly forAnyone: Add<null>
  /** For whoever has signed in; what they see and change is their tenant's. */
  readonly forUsers: Add<User>
}

const messages = {
  auth_expired: 'The access token has expired: refresh it',
  auth_unavailable: 'The token could not be checked right now: try again',
}

async function authenticate({ db }: App, authenticator: Authenticator, request: Request): Promise<User> {
  const token = /^Bearer (\S+)$/i.exec(request.get('authorization') ?? '')?.[1]
  if (token === undefined) throw new Problem('auth_required', 'Sign in, and send the access token: "Authorization: Bearer …"')
  const result = await authenticator.authenticate(token)
  if (!result.ok) {
    const { code } = result
    throw code === 'auth_expired' || code === 'auth_unavailable'
      ? new Problem(code, messages[code])
      : new Problem('auth_invalid', 'The access token is not valid: sign in again')
  }
  const user = await findUser(db, result.identity.userId)
  if (user === null || user.tenant_id !== result.identity.tenant) throw new Problem('auth_invalid', 'There is no such user')
  return user
}

export function createRoutes(app: App, authenticator: Authenticator): Routes {
  const router = Router()

  function add(method: Method, path: string, handle: (request: Request) => Promise<Answer>): void {
    router[method](path, async (request, response) => {
      const { status, data } = await handle(request)
      response.status(status).json(data)
    })
  }
  // Holds: no path has a wildcard, so each parameter is one text.
  const asked = (request: Request): Asked => ({
    params: request.params as Record<string, string>,
    query: request.query,
    body: request.body,
    address: request.ip ?? '',
  })
  return {
    router,
    forAnyone: (method, path, handle) => add(method, path, async (request) => handle(null, asked(request))),
    forUsers: (method, path, handle) =>
      add(method, path, async (request) => handle(await authenticate(app, authenticator, request), asked(request))),
  }
}
