import { randomUUID } from 'node:crypto'
import { MillraceError } from '@millrace/contract'
import type { Logger } from '@millrace/server'
import type { ErrorRequestHandler } from 'express'
import { Problem, type ProblemCode, problemStatus } from '../problem.ts'

/** What Express and its parsers throw: `expose` says that the fault is the client's. */
function isClientFault(error: unknown): error is { readonly status: number } {
  return error instanceof Error && 'expose' in error && error.expose === true && 'status' in error && typeof error.status === 'number'
}

/** The problem that an error is to the caller, or null for one that is none of their business. */
function toProblem(error: unknown): Problem | null {
  if (error instanceof Problem) return error
  if (error instanceof MillraceError && Object.hasOwn(problemStatus, error.code))
    // Holds: the code was found in the table.
    return new Problem(error.code as ProblemCode, error.message, error.details)
  if (!isClientFault(error)) return null
  return error.status === 413
    ? new Problem('payload_too_large', 'The request is too large')
    : new Problem('invalid_payload', 'The request cannot be read: send valid JSON')
}

/** The last step of each failed request: says what the caller can mend, and of anything else only where the log tells more. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error)
    const problem = toProblem(error)
    if (problem === null) {
      const reference = randomUUID()
      logger.error(
        {
          reference,
          method: request.method,
          path: request.route?.path ?? request.path,
          error: error instanceof Error ? error.stack : typeof error,
        },
        'a request failed',
      )
      const message = 'The server failed: report the reference to the operator'
      response.status(500).json({ error: { code: 'internal', message, details: { reference } } })
      return
    }
    const { code, message, details = {} } = problem
    if (typeof details.retryAfterMs === 'number') response.set('Retry-After', String(Math.ceil(details.retryAfterMs / 1000)))
    response.status(problemStatus[code]).json({ error: { code, message, details } })
  }
}
