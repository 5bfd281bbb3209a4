import { type JwtOptions, jwt } from '@millrace/server'
import { loadConfig } from '../config/load-config.ts'
import { isAuthenticator } from '../config/open-parts.ts'
import type { Context } from '../context.ts'
import { CommandFailure } from '../failure.ts'
import { mintToken, type TokenSubject } from './mint-token.ts'

export type SecretAuth = Extract<JwtOptions, { readonly secret: unknown }>

export interface TokenOptions extends Omit<TokenSubject, 'claims' | 'roles' | 'expiresInMs'> {
  readonly secretEnv?: string
  readonly config?: string
  readonly role?: readonly string[]
  readonly claim?: Readonly<Record<string, unknown>>
  readonly expires: number
  readonly force?: boolean
}

/** The configuration's own secret, where it has one. */
export function secretOf(auth: JwtOptions | object): SecretAuth {
  // Holds: what has a `secret` is what `jwt` takes with one; an authenticator has none.
  if (!isAuthenticator(auth as JwtOptions) && 'secret' in auth) return auth as SecretAuth
  throw new CommandFailure('the configuration has no shared secret to sign with', 'let the issuer of your tokens make one')
}

async function authOf({ secretEnv, config }: TokenOptions, context: Context): Promise<SecretAuth> {
  if (secretEnv === undefined) return secretOf((await loadConfig(context.folder, config)).config.auth)
  const secret = context.env[secretEnv]
  if (secret === undefined || secret === '') throw new CommandFailure(`${secretEnv} is not set`, 'put the secret of the server into it')
  const auth = config === undefined ? {} : (await loadConfig(context.folder, config)).config.auth
  return { ...auth, secret }
}

/** Writes a token for development. */
export async function token(options: TokenOptions, context: Context): Promise<void> {
  if (context.env.NODE_ENV === 'production' && options.force !== true)
    throw new CommandFailure('NODE_ENV is production, and whoever has this token is that user', 'add --force where that is meant')
  const auth = await authOf(options, context)
  // Throws where the server would not take the secret.
  jwt(auth)
  const { role = [], claim = {}, expires, ...subject } = options
  context.out(await mintToken({ ...subject, roles: role, claims: claim, expiresInMs: expires }, auth, context.clock.now()))
}
