/** What the receiver of a code should do: `retry` says whether trying again unchanged can help. */
export interface Code {
  readonly retry: boolean
  readonly message: string
  /** The mend, addressed to the person who meets the code. */
  readonly action: string
}

const quota_exceeded = {
  retry: true,
  message: "The tenant's quota is used up",
  action: 'Try again later, or ask the operator for more than `details.limit`.',
} as const

/** Answers to a connection attempt: `connect_error` with `data.code`. */
export const refusals = {
  auth_required: { retry: false, message: 'A token is required', action: 'Sign in and connect with a token.' },
  auth_invalid: { retry: false, message: 'The token is not valid', action: 'Sign in again; the token was not issued for this server.' },
  auth_expired: { retry: true, message: 'The token has expired', action: 'Fetch a fresh token and connect with it.' },
  auth_inactive: { retry: false, message: 'The user is unknown or not active', action: 'Ask an administrator to activate the user.' },
  auth_unavailable: { retry: true, message: 'The identity could not be checked right now', action: 'Try again in a moment.' },
  origin_not_allowed: { retry: false, message: 'This origin may not connect', action: "Add the origin to the server's `origins` setting." },
  namespace_not_allowed: {
    retry: false,
    message: 'This namespace may not be used',
    action: 'Connect to a namespace that the identity may use.',
  },
  version_unsupported: {
    retry: false,
    message: 'The client speaks another version',
    action: 'Upgrade the client or the server so that both speak the same version.',
  },
  rate_limited: { retry: true, message: 'Too many attempts', action: 'Wait for `retryAfterMs`.' },
  overloaded: {
    retry: true,
    message: 'More attempts to connect wait than the server can take',
    action: 'Connect again, after a longer wait each time.',
  },
  quota_exceeded,
  draining: { retry: true, message: 'The server is shutting down', action: 'Connect again; another server will answer.' },
} as const satisfies Record<string, Code>

/** Answers to a request, a subscription or a publication. */
export const errors = {
  invalid_payload: { retry: false, message: 'The payload is not valid', action: 'Correct the fields named in `details.faults`.' },
  unknown_event: { retry: false, message: 'No such event', action: 'Use an event of the contract.' },
  unknown_channel: { retry: false, message: 'No such channel', action: 'Use a channel pattern of the contract.' },
  denied: { retry: false, message: 'Not allowed', action: 'Ask for the right, or leave it.' },
  policy_unavailable: { retry: true, message: 'The right could not be checked right now', action: 'Try again in a moment.' },
  too_many_subscriptions: {
    retry: false,
    message: 'Too many subscriptions on this connection',
    action: 'Unsubscribe from channels that are not needed.',
  },
  rate_limited: { retry: true, message: 'Too many messages', action: 'Wait for `retryAfterMs`.' },
  quota_exceeded,
  payload_too_large: { retry: false, message: 'The payload is too large', action: 'Send less, or a reference to it.' },
  not_found: { retry: false, message: 'Not found', action: 'Check the id.' },
  not_subscribed: { retry: false, message: 'Not subscribed to this channel', action: 'Subscribe first.' },
  conflict: { retry: false, message: 'It has changed in the meantime', action: 'Read it again and repeat the change.' },
  outbox_wrong_database: {
    retry: false,
    message: 'The transaction belongs to another database',
    action: 'Pass a transaction on the database that the store uses.',
  },
  unavailable: { retry: true, message: 'The server cannot do this right now', action: 'Try again in a moment.' },
  disconnected: { retry: true, message: 'There is no connection', action: 'Wait until the connection is live.' },
  timeout: { retry: true, message: 'No answer in time', action: 'Try again; the request may have been carried out.' },
  internal: { retry: false, message: 'The server failed', action: 'Report the reference id to the operator.' },
} as const satisfies Record<string, Code>

/** Why the server ended a connection. 41xx: come back; 43xx: do not. */
export const disconnects = {
  slow_consumer: {
    number: 4101,
    retry: true,
    message: 'The outbound queue is full',
    action: 'Reconnect; what was missed is recovered from the log.',
  },
  token_expired: { number: 4102, retry: true, message: 'The token has expired', action: 'Reconnect with a fresh token.' },
  draining: { number: 4103, retry: true, message: 'The server is shutting down', action: 'Reconnect after `retryAfterMs`.' },
  rate_abuse: { number: 4104, retry: true, message: 'Limits were exceeded for too long', action: 'Send less, then reconnect.' },
  revoked: { number: 4301, retry: false, message: 'The right to connect was withdrawn', action: 'Sign in again.' },
  protocol_error: { number: 4302, retry: false, message: 'The client broke the protocol', action: 'Upgrade the client.' },
} as const satisfies Record<string, Code & { readonly number: number }>

export type RefusalCode = keyof typeof refusals
export type ErrorCode = keyof typeof errors
export type DisconnectCode = keyof typeof disconnects
