import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { type RequestHandler, Router } from 'express'
import { notFound } from '../problem.ts'

const headers = {
  'Content-Security-Policy': [
    "default-src 'self'",
    // The page's component library writes style elements and attributes.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
}

export const securityHeaders: RequestHandler = (_, response, next) => {
  response.set(headers)
  next()
}

/** The built page: its files, and for every address inside it, the page itself. */
export function servePage(folder: string): Router {
  const router = Router()
  // Names of assets change with their content; the page that names them must be fresh.
  router.use('/assets', express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y' }), () => {
    throw notFound('file')
  })
  router.use(express.static(folder, { index: false, maxAge: 0 }))
  router.get('/{*path}', (request, response, next) => {
    if (request.accepts('html') === false || !existsSync(join(folder, 'index.html'))) return next()
    response.set('Cache-Control', 'no-cache').sendFile(join(folder, 'index.html'))
  })
  return router
}
