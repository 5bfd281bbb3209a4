import type { IncomingHttpHeaders } from 'node:http'

/** `auth`: Socket.IO's `auth.token`; `header`: `Authorization: Bearer …`; or a cookie. The query string is none (AUTH3): it ends up in logs. */
export type TokenSource = 'auth' | 'header' | { readonly cookie: string }

export const tokenSourceDefault = ['auth', 'header'] as const satisfies readonly TokenSource[]

/** What a client presents when it connects. */
export interface Handshake {
  readonly auth: unknown
  readonly headers: Pick<IncomingHttpHeaders, 'authorization' | 'cookie'>
}

function fromAuth(auth: unknown): string | null {
  const token: unknown = typeof auth === 'object' && auth !== null && Object.hasOwn(auth, 'token') ? Reflect.get(auth, 'token') : null
  return typeof token === 'string' && token !== '' ? token : null
}

function fromHeader(header: string | undefined): string | null {
  return /^bearer +([^\s,]+) *$/i.exec(header ?? '')?.[1] ?? null
}

function fromCookie(header: string | undefined, name: string): string | null {
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue
    const value = pair
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1')
    return value === '' ? null : value
  }
  return null
}

/** The first token in the configured order, or null. */
export function tokenFrom(handshake: Handshake, order: readonly TokenSource[] = tokenSourceDefault): string | null {
  for (const source of order) {
    const token =
      source === 'auth'
        ? fromAuth(handshake.auth)
        : source === 'header'
          ? fromHeader(handshake.headers.authorization)
          : fromCookie(handshake.headers.cookie, source.cookie)
    if (token !== null) return token
  }
  return null
}
