import type { Authenticator, Logger } from '@millrace/server'
import express, { type Express } from 'express'
import type { App } from '../app.ts'
import type { SignIn } from '../auth/sign-in.ts'
import { notFound } from '../problem.ts'
import { addAccountRoutes } from './account-routes.ts'
import { allowOrigin } from './cors.ts'
import { errorHandler } from './errors.ts'
import { addMillRoutes } from './mill-routes.ts'
import { securityHeaders, servePage } from './page.ts'
import { addPeopleRoutes } from './people-routes.ts'
import { createRoutes } from './routes.ts'

export interface HttpOptions {
  readonly app: App
  readonly authenticator: Authenticator
  readonly signIn: SignIn
  readonly logger: Logger
  /** A page of another origin that may call REST. */
  readonly clientOrigin?: string | undefined
  /** Where the built page is. */
  readonly pageFolder: string
}

const bodyLimit = '64kb'

/** REST below `/api/v1`, the page everywhere else. */
export function createHttpApp({ app, authenticator, signIn, logger, clientOrigin, pageFolder }: HttpOptions): Express {
  const routes = createRoutes(app, authenticator)
  addAccountRoutes(routes, signIn)
  addPeopleRoutes(routes, app)
  addMillRoutes(routes)

  return express()
    .disable('x-powered-by')
    .use(securityHeaders)
    .use('/api', allowOrigin(clientOrigin), express.json({ limit: bodyLimit }), (_, response, next) => {
      response.set('Cache-Control', 'no-store')
      next()
    })
    .use('/api/v1', routes.router)
    .use('/api', () => {
      throw notFound('route')
    })
    .use(servePage(pageFolder))
    .use(() => {
      throw notFound('page')
    })
    .use(errorHandler(logger))
}
