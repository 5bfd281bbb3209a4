import type { Authenticator, Logger } from '@millrace/server'
import express, { type Express } from 'express'
import type { App } from '../app.ts'
import type { SignIn } from '../auth/sign-in.ts'
import { notFound } from '../problem.ts'
import { addAccountRoutes } from './account-routes.ts'
import { errorHandler } from './errors.ts'
import { securityHeaders, servePage } from './page.ts'
import { createRoutes } from './routes.ts'
import { addTenantRoutes } from './tenant-routes.ts'

export interface HttpOptions {
  readonly app: App
  readonly authenticator: Authenticator
  readonly signIn: SignIn
  readonly logger: Logger
  readonly trustedProxies: number
  /** Where the built page is. */
  readonly pageFolder: string
}

const bodyLimit = '64kb'

/** REST below `/api/v1`, the page everywhere else. */
export function createHttpApp({ app, authenticator, signIn, logger, trustedProxies, pageFolder }: HttpOptions): Express {
  const routes = createRoutes(app, authenticator)
  addAccountRoutes(routes, app, signIn)
  addTenantRoutes(routes, app)

  return express()
    .disable('x-powered-by')
    .set('trust proxy', trustedProxies)
    .use(securityHeaders)
    .use('/api', express.json({ limit: bodyLimit }), (_, response, next) => {
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
