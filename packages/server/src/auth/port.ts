import type { RefusalCode } from '@millrace/contract'

/** What the verified token says, and nothing else (TEN1). */
export interface Identity {
  readonly tenant: string
  readonly userId: string
  readonly name?: string
  readonly roles: readonly string[]
  /** Everything else that the token or the user hook gave; read-only for policies and handlers. */
  readonly claims: Readonly<Record<string, unknown>>
  /** The token's session, where it names one. */
  readonly sessionId?: string
  /** Milliseconds since 1970; null for a token that does not expire. */
  readonly expiresAt: number | null
}

export type AuthResult =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly code: RefusalCode; readonly reason: string }

/** Turns a token into an identity. Never throws; `reason` is for the log and never holds the token. */
export interface Authenticator {
  authenticate(token: string): Promise<AuthResult>
}
