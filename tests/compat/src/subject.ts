import type { TokenClaims } from '@millrace-tests/support'

/**
 * A server as stock clients meet it. Every person with a token is in `mill:{millId}` for each of the token's `mills`.
 * It sends `connected {userId, message}` first, answers `echo {text}` (with an ack, else with `echo:reply`) and refuses `forbidden`.
 * To `burst {millId, name, count}` it sends the items of a burst, some each turn, until `stop {name}`, then the ack with how many it were;
 * `upload {name, bytes}` is answered with length and sum.
 * The namespace `/admin` admits the role ADMIN.
 */
export interface Subject {
  readonly url: string
  token(claims: TokenClaims & { readonly mills?: readonly string[] }): string
  expiredToken(claims: TokenClaims): string
  /** Publishes `purchase:created`; resolves when it is on its way. */
  publish(millId: string, purchase: Purchase): Promise<void>
  /** Ends this person's connections for a reason that calls for coming back. */
  endForNow(userId: string): Promise<void>
  /** Ends this person's connections for good. */
  endForGood(userId: string): Promise<void>
  /** Down, and up again on the same port. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface SubjectOptions {
  /** Compresses WebSocket messages where the client offers it. @default false */
  readonly compression?: boolean
}

export type StartSubject = (options?: SubjectOptions) => Promise<Subject>

export interface Purchase {
  readonly id: string
  readonly kg: number
  readonly note?: string
}

/** What a stock client finds in an ack. */
export type StockAck = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly error: { readonly code: string } }
