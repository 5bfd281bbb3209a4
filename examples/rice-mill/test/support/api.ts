import type { User } from '../../src/contract.ts'

/** An answer of REST. `data` is untyped as it is on the wire: tests say what they expect of it. */
export interface Reply<T = unknown> {
  readonly status: number
  readonly headers: Headers
  readonly body: {
    readonly success: boolean
    readonly data: T
    readonly message: string
    readonly error: { readonly code: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> }
  }
}

type HeaderFields = Readonly<Record<string, string>>

export function api(url: string, token?: string) {
  async function call<T>(method: string, path: string, body?: unknown, headers: HeaderFields = {}): Promise<Reply<T>> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    // Holds by the test: a reply that is not of this shape fails its expectations.
    return { status: response.status, headers: response.headers, body: (await response.json()) as Reply<T>['body'] }
  }
  return {
    get: <T = unknown>(path: string) => call<T>('GET', path),
    post: <T = unknown>(path: string, body?: unknown, headers?: HeaderFields) => call<T>('POST', path, body, headers),
    patch: <T = unknown>(path: string, body?: unknown) => call<T>('PATCH', path, body),
    delete: <T = unknown>(path: string) => call<T>('DELETE', path),
    /** The data of a request that is to succeed. */
    async data<T>(reply: Promise<Reply<T>>): Promise<T> {
      const { status, body } = await reply
      if (!body.success) throw new Error(`${status} ${JSON.stringify(body.error)}`)
      return body.data
    },
  }
}

export interface Person extends ReturnType<typeof api> {
  readonly token: string
  readonly refreshToken: string
  readonly user: User
  /** As events name them. */
  readonly by: { readonly id: string; readonly name: string }
}

export async function signIn(url: string, email: string, password = 'millrace'): Promise<Person> {
  const anyone = api(url)
  const { accessToken, refreshToken, user } = await anyone.data(
    anyone.post<{ accessToken: string; refreshToken: string; user: User }>('/auth/login', { email, password }),
  )
  return { ...api(url, accessToken), token: accessToken, refreshToken, user, by: { id: user.id, name: user.name } }
}
