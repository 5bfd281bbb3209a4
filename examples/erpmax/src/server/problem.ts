import { invalidPayload } from '@millrace/contract'
import type { z } from 'zod'

/** What can go wrong with a request, and the HTTP status that says so. */
export const problemStatus = {
  invalid_payload: 400,
  auth_required: 401,
  auth_invalid: 401,
  auth_expired: 401,
  denied: 403,
  not_found: 404,
  conflict: 409,
  payload_too_large: 413,
  rate_limited: 429,
  unavailable: 503,
  auth_unavailable: 503,
} as const

export type ProblemCode = keyof typeof problemStatus

/** An expected failure of a request: shown to the caller as it is. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: ProblemCode, message: string, details?: Readonly<Record<string, unknown>>) {
    super(message)
    this.code = code
    this.details = details
  }
}

export const notFound = (what: string) => new Problem('not_found', `No such ${what}`)
export const denied = (message: string) => new Problem('denied', message)
export const conflict = (message: string, path?: string) =>
  new Problem('conflict', message, path === undefined ? undefined : { faults: [{ path, message }] })

/** The input as the schema understands it; throws `invalid_payload` with the path of each fault. */
export function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input ?? {})
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new Problem('invalid_payload', invalidPayload('The request', faults).message, { faults })
}
