import { mintToken, type TokenClaims } from '@millrace-tests/support'

/** What the samples read from `JWT_SECRET` when a test runs them. */
export const secret = 'the secret of the samples, of more than 32 bytes'

/** A token that does not expire. */
export function tokenOf(user: string, claims: Omit<TokenClaims, 'sub'> = {}): string {
  return mintToken(secret, { sub: user, name: user, ...claims })
}
