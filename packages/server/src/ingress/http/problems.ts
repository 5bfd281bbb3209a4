import { type ErrorCode, errors, type Fault, MillraceError, type RefusalCode, refusals } from '@millrace/contract'

/** Failures of HTTP itself, beside the codes of the contract. */
const httpFailures = {
  method_not_allowed: { retry: false, message: 'The method is not allowed here' },
  unsupported_media_type: { retry: false, message: 'Send application/json, in UTF-8 and not compressed' },
} as const

type HttpCode = keyof typeof httpFailures
export type ProblemCode = ErrorCode | RefusalCode | HttpCode

/** Every code has one status, wherever it comes from. */
export const statusOf = {
  invalid_payload: 400,
  unknown_event: 404,
  unknown_channel: 404,
  not_found: 404,
  denied: 403,
  auth_required: 401,
  auth_invalid: 401,
  auth_expired: 401,
  auth_inactive: 403,
  origin_not_allowed: 403,
  namespace_not_allowed: 403,
  method_not_allowed: 405,
  timeout: 408,
  conflict: 409,
  not_subscribed: 409,
  outbox_wrong_database: 409,
  too_many_subscriptions: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  version_unsupported: 400,
  rate_limited: 429,
  quota_exceeded: 429,
  internal: 500,
  auth_unavailable: 503,
  policy_unavailable: 503,
  unavailable: 503,
  overloaded: 503,
  draining: 503,
  disconnected: 503,
} as const satisfies Record<ProblemCode, number>

/** `application/problem+json` (RFC 9457). `type` names the code; `retry` says whether the same request may succeed later. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail: string
  readonly retry: boolean
  readonly faults?: readonly Fault[]
  readonly retryAfterMs?: number
  /** `internal` only: what the operator finds it by in the log. */
  readonly reference?: string
}

export class HttpFailure extends Error {
  readonly code: HttpCode
  readonly allow: readonly string[]

  constructor(code: HttpCode, allow: readonly string[] = []) {
    super(httpFailures[code].message)
    this.code = code
    this.allow = allow
  }
}

const titles: Readonly<Record<ProblemCode, { readonly message: string; readonly retry: boolean }>> = {
  ...refusals,
  ...errors,
  ...httpFailures,
}
const faultsMax = 50
const detailMax = 2_000

function problem(code: ProblemCode, detail: string, more: Partial<Problem> = {}): Problem {
  const { message: title, retry } = titles[code]
  return { type: `urn:millrace:problem:${code}`, title, status: statusOf[code], code, detail: detail.slice(0, detailMax), retry, ...more }
}

function isFaults(value: unknown): value is readonly Fault[] {
  return Array.isArray(value)
}

/** The problem that a failure is for the caller. Nothing of an error that is not ours is told: `report` keeps it, and answers its reference. */
export function problemOf(error: unknown, report: (error: unknown) => string): Problem {
  if (error instanceof HttpFailure) return problem(error.code, error.message)
  if (!(error instanceof MillraceError) || error.code === 'internal')
    return problem('internal', errors.internal.action, { reference: report(error) })
  const { faults, retryAfterMs } = error.details ?? {}
  return problem(error.code, error.message, {
    retry: error.retry,
    ...(isFaults(faults) && { faults: faults.slice(0, faultsMax) }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
  })
}

/** Seconds for `Retry-After`, where trying again later may help. */
export function retryAfterOf({ status, retryAfterMs = 1_000 }: Problem): number | null {
  return status === 429 || status === 503 ? Math.max(1, Math.ceil(retryAfterMs / 1_000)) : null
}
