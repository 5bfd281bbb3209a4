import type { RequestHandler } from 'express'

/** Lets the page of one other origin call REST; without one, browsers keep to the server's own pages. */
export function allowOrigin(origin: string | undefined): RequestHandler {
  return (request, response, next) => {
    if (origin === undefined) return next()
    response.vary('Origin')
    if (request.get('origin') !== origin) return next()
    response.set({
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Methods': 'GET, POST, PATCH, DELETE',
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key',
      'Access-Control-Max-Age': '600',
    })
    if (request.method === 'OPTIONS') response.sendStatus(204)
    else next()
  }
}
