import { type Code, type ErrorCode, errors, type RefusalCode, refusals } from './codes.ts'

/** What an error looks like on the wire. */
export interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly retry: boolean
  readonly details?: Readonly<Record<string, unknown>>
}

export interface MillraceErrorOptions extends ErrorOptions {
  /** @default what the code's table says */
  readonly retry?: boolean
}

// A newer server may send a code that this table does not have (CON4).
function codeEntry(code: string): Code | undefined {
  for (const table of [errors, refusals] as Readonly<Record<string, Code>>[]) if (Object.hasOwn(table, code)) return table[code]
  return undefined
}

/** A failure with a code of the table; `details` is safe to show to the caller. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  readonly code: ErrorCode | RefusalCode
  readonly retry: boolean
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(
    code: ErrorCode | RefusalCode,
    message?: string,
    details?: Readonly<Record<string, unknown>>,
    options?: MillraceErrorOptions,
  ) {
    const entry = codeEntry(code)
    super(message ?? entry?.message ?? code, options)
    this.code = code
    this.retry = options?.retry ?? entry?.retry ?? false
    this.details = details
  }

  /** The error that the other side sent: its code may be newer than this table, so its own word on `retry` counts (CON4). */
  static fromBody({ code, message, retry, details }: ErrorBody): MillraceError {
    // Holds for every code of this version; a newer one is passed on as it came.
    return new MillraceError(code as ErrorCode, message, details, { retry })
  }

  toBody(): ErrorBody {
    const { code, message, retry, details } = this
    return details === undefined ? { code, message, retry } : { code, message, retry, details }
  }
}
