import type { User } from '../../src/contract.ts'

export interface Reply<T = unknown> {
  readonly status: number
  readonly body: T
}

export interface Refused {
  readonly error: { readonly code: string; readonly message: string; readonly details: Readonly<Record<string, unknown>> }
}

export function api(url: string, token?: string) {
  async function call<T>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    // Holds by the test: a reply that is not of this shape fails its expectations.
    return { status: response.status, body: (await response.json()) as T }
  }
  return {
    get: <T = unknown>(path: string) => call<T>('GET', path),
    post: <T = unknown>(path: string, body: unknown = {}) => call<T>('POST', path, body),
    /** The body of a request that is to succeed. */
    async data<T>(reply: Promise<Reply<T>>): Promise<T> {
      const { status, body } = await reply
      if (status >= 400) throw new Error(`${status} ${JSON.stringify(body)}`)
      return body
    },
  }
}

export interface Person extends ReturnType<typeof api> {
  readonly token: string
  readonly refreshToken: string
  readonly user: User
}

interface Grant {
  readonly access_token: string
  readonly refresh_token: string
  readonly user: User
}

export function personOf(url: string, { access_token: token, refresh_token: refreshToken, user }: Grant): Person {
  return { ...api(url, token), token, refreshToken, user }
}

export async function signIn(url: string, email: string): Promise<Person> {
  const anyone = api(url)
  return personOf(url, await anyone.data(anyone.post<Grant>('/auth/login', { email, password: 'millrace' })))
}

/** A new customer, and its owner. */
export async function signUp(url: string, subdomain: string): Promise<Person> {
  const anyone = api(url)
  const input = { company: `The ${subdomain}`, subdomain, name: 'Ada Owner', email: `ada@${subdomain}.test`, password: 'millrace' }
  return personOf(url, await anyone.data(anyone.post<Grant>('/auth/signup', input)))
}
