import { ApiError } from './api-error.ts'

export interface Sending {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly token?: string
}

const timeoutMs = 10_000

/** One request to the orchestrator's REST interface. Throws an `ApiError`. */
export async function send<T>({ method, path, body, token }: Sending): Promise<T> {
  let response: Response
  let answer: unknown
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    answer = await response.json()
  } catch (cause) {
    throw new ApiError('unreachable', 'The server cannot be reached right now', {}, { cause })
  }
  if (response.ok) return answer as T
  // Holds: what is not a success has this shape, or comes from a proxy that has no answer from the server.
  const { error } = answer as { error?: { code: string; message: string; details: Record<string, unknown> } }
  throw new ApiError(error?.code ?? 'unreachable', error?.message ?? 'The server cannot be reached right now', error?.details)
}
