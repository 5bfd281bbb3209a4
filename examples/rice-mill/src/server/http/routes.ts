import type { Authenticator } from '@millrace/server'
import { type Request, Router } from 'express'
import type { User } from '../../contract.ts'
import { mayEnterMill } from '../access.ts'
import type { App } from '../app.ts'
import { fingerprint, type IdempotentRequest } from '../idempotency.ts'
import { type MillContext, millContext } from '../mill-context.ts'
import { denied, invalidField } from '../problem.ts'
import type { Answer } from './answer.ts'
import { authenticate } from './authentication.ts'

type Method = 'get' | 'post' | 'patch' | 'delete'

/** What a route reads of its request. Nothing of it has been checked yet. */
export interface Asked {
  readonly params: Readonly<Record<string, string>>
  readonly query: unknown
  readonly body: unknown
  /** The address that the request came from. */
  readonly address: string
}

type Handle<Who> = (who: Who, asked: Asked) => Answer | Promise<Answer>
type Add<Who> = (method: Method, path: string, handle: Handle<Who>) => void

/** Adds routes by who may use them. Nothing else adds any, so none is open by oversight. */
export interface Routes {
  readonly router: Router
  readonly forAnyone: Add<null>
  readonly forUsers: Add<User>
  /** Below `/mills/:millId`, for those who may enter that mill. */
  readonly inMill: Add<MillContext>
}

const maxKeyLength = 100

function idempotentRequest(request: Request, user: User): IdempotentRequest | null {
  const key = request.get('idempotency-key')
  if (key === undefined || request.method !== 'POST') return null
  if (key === '' || key.length > maxKeyLength) throw invalidField('Idempotency-Key', `give 1 to ${maxKeyLength} characters`)
  return { userId: user.id, key, fingerprint: fingerprint(request.method, request.originalUrl, JSON.stringify(request.body ?? null)) }
}

export function createRoutes(app: App, authenticator: Authenticator): Routes {
  const router = Router()

  function add(method: Method, path: string, handle: (request: Request) => Promise<Answer>): void {
    router[method](path, async (request, response) => {
      const { status, data, message } = await handle(request)
      response.status(status).json({ success: true, data, message })
    })
  }
  // Holds: no path has a wildcard, so each parameter is one text.
  const asked = (request: Request): Asked => ({
    params: request.params as Record<string, string>,
    query: request.query,
    body: request.body,
    address: request.socket.remoteAddress ?? '',
  })
  const userOf = (request: Request) => authenticate(app.db, authenticator, request)

  return {
    router,
    forAnyone: (method, path, handle) => add(method, path, async (request) => handle(null, asked(request))),
    forUsers: (method, path, handle) => add(method, path, async (request) => handle(await userOf(request), asked(request))),
    inMill: (method, path, handle) =>
      add(method, `/mills/:millId${path}`, async (request) => {
        const user = await userOf(request)
        const { params } = asked(request)
        const millId = params.millId ?? ''
        // The same answer for another's mill and for none: it tells nobody which mills exist.
        if (!mayEnterMill(app.db, user, millId)) throw denied('Access denied to this mill')
        return handle(millContext(app, millId, user, idempotentRequest(request, user)), asked(request))
      }),
  }
}
