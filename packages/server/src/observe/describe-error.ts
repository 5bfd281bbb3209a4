import { MillraceError } from '@millrace/contract'

export interface ErrorDescription {
  readonly error: string
  readonly code?: string
  readonly message?: string
  readonly stack?: readonly string[]
  readonly cause?: ErrorDescription
}

const framesMax = 12

/**
 * An error as the log may hold it (OPS2): where it came from, and its message only where it is our own. The messages of others may quote
 * what they choked on.
 */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { error: typeof error }
  const code: unknown = Reflect.get(error, 'code')
  const stack = error.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, framesMax)
  return {
    error: error.name,
    ...(typeof code === 'string' && { code }),
    ...(error instanceof MillraceError && { message: error.message }),
    ...(stack !== undefined && { stack }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}
