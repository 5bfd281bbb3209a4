import { MillraceError } from '@millrace/contract'

export type PgFailure =
  /** The server, or the way to it, is not there right now. */
  | 'gone'
  /** It is there and cannot do this now: locks, limits, a standby. */
  | 'busy'
  | 'readonly'
  /** These tables are not there. */
  | 'undefined'
  /** The right to do it is missing. */
  | 'forbidden'
  /** It is not signed in, or there is no such database. */
  | 'refused'
  /** The value itself. */
  | 'data'
  | 'other'

/** SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const failures: readonly (readonly [string, PgFailure])[] = [
  ['08', 'gone'],
  ['57P', 'gone'],
  ['57014', 'busy'],
  ['53', 'busy'],
  ['40', 'busy'],
  ['55', 'busy'],
  ['25P', 'busy'],
  ['25006', 'readonly'],
  ['28', 'refused'],
  ['3D000', 'refused'],
  ['3F000', 'undefined'],
  ['42883', 'undefined'],
  ['42P01', 'undefined'],
  ['42501', 'forbidden'],
  ['22', 'data'],
  ['23', 'data'],
  ['54', 'data'],
]

export function sqlState(error: unknown): string | null {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : null
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null
}

/** What kind of failure PostgreSQL, or the connection to it, reports. */
export function pgFailure(error: unknown): PgFailure {
  const state = sqlState(error)
  // Without a SQLSTATE it comes from the socket or from the client that has lost it.
  if (state === null) return 'gone'
  return failures.find(([prefix]) => state.startsWith(prefix))?.[1] ?? 'other'
}

export function unavailable(message: string, cause?: unknown): MillraceError {
  return new MillraceError('unavailable', message, undefined, cause === undefined ? undefined : { cause })
}

/** What PostgreSQL has answered, as the caller gets it. */
export function asCallersError(error: unknown): MillraceError {
  if (error instanceof MillraceError) return error
  switch (pgFailure(error)) {
    case 'data':
      return new MillraceError(
        'invalid_payload',
        'the store cannot hold this value: text must have no U+0000, and names have bounds',
        undefined,
        {
          cause: error,
        },
      )
    case 'other':
      return new MillraceError('internal', 'the store refused a statement', undefined, { cause: error })
    default:
      return unavailable('the store cannot do this right now', error)
  }
}
