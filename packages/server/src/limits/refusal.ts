import { type ErrorCode, MillraceError } from '@millrace/contract'

/** The error for what is over a limit: expected, and made in floods. It has no stack, which would cost more than refusing itself. */
export function refusal(code: ErrorCode, message: string | undefined, details: Readonly<Record<string, unknown>>): MillraceError {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return new MillraceError(code, message, details)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
