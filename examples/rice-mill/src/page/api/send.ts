import { ApiError } from './api-error.ts'

export interface Sending {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  readonly token?: string
  /** Names a POST, so that it is carried out once however often it is sent. */
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
}

const timeoutMs = 10_000

/** One request to the mill's REST interface. Throws an `ApiError`, or an `AbortError` when `signal` says so. */
export async function send<T>({ method, path, body, token, idempotencyKey, signal }: Sending): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs)
  let response: Response
  let answer: unknown
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    answer = await response.json()
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new ApiError('unreachable', 'The mill cannot be reached right now', {}, { cause })
  }
  // Holds: every answer of the server has one of these two shapes.
  const read = answer as
    | { success: true; data: T }
    | { success: false; error: { code: string; message: string; details: Record<string, unknown> } }
  if (!read.success) throw new ApiError(read.error.code, read.error.message, read.error.details)
  return read.data
}
