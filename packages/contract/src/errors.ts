import { type ErrorCode, errors, type RefusalCode, refusals } from './codes.ts'

/** What an error looks like on the wire. */
export interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly retry: boolean
  readonly details?: Readonly<Record<string, unknown>>
}

/** A failure with a code of the table; `details` is safe to show to the caller. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  readonly code: ErrorCode | RefusalCode
  readonly retry: boolean
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: ErrorCode | RefusalCode, message?: string, details?: Readonly<Record<string, unknown>>, options?: ErrorOptions) {
    const entry = code in errors ? errors[code as ErrorCode] : refusals[code as RefusalCode]
    super(message ?? entry.message, options)
    this.code = code
    this.retry = entry.retry
    this.details = details
  }

  toBody(): ErrorBody {
    const { code, message, retry, details } = this
    return details === undefined ? { code, message, retry } : { code, message, retry, details }
  }
}
