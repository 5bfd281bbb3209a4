import { createPublicKey, type KeyObject, webcrypto } from 'node:crypto'
import type { Clock } from '@millrace/contract'
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose'
import { ConfigurationError } from '../configuration-error.ts'
import {
  type AsymmetricAlgorithm,
  asymmetricAlgorithms,
  type JwtIssuers,
  type JwtJwks,
  type JwtOptions,
  type JwtPublicKey,
  type JwtSecret,
  jwtDefaults,
} from './jwt-options.ts'
import { remoteKeys } from './remote-keys.ts'

/** Answers the payload of a token whose signature, algorithm, issuer, audience and start hold; rejects otherwise. Expiry is the caller's. */
export type Verify = (token: string) => Promise<JWTPayload>

function fromSecret({ secret }: JwtSecret): { key: () => Promise<webcrypto.CryptoKey>; algorithms: string[] } {
  const key = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  if (!(key instanceof Uint8Array) || key.byteLength < jwtDefaults.secretMinBytes)
    throw new ConfigurationError(
      'auth.secret',
      `has fewer than ${jwtDefaults.secretMinBytes} bytes`,
      'set a random one, such as the output of `openssl rand -base64 48`',
    )
  // Imported once: for bytes the library would do it for each token, which is half of the work.
  let imported: Promise<webcrypto.CryptoKey> | null = null
  const importKey = (): Promise<webcrypto.CryptoKey> => {
    imported ??= webcrypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
    return imported
  }
  return { key: importKey, algorithms: ['HS256'] }
}

function checkAlgorithm(setting: string, algorithm: AsymmetricAlgorithm): void {
  if (!asymmetricAlgorithms.includes(algorithm))
    throw new ConfigurationError(setting, 'is not an algorithm of public keys', `set one of ${asymmetricAlgorithms.join(', ')}`)
}

function keyFits(key: KeyObject, algorithm: AsymmetricAlgorithm): boolean {
  const type = key.asymmetricKeyType
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  switch (algorithm) {
    case 'ES256':
      return type === 'ec' && namedCurve === 'prime256v1'
    case 'ES384':
      return type === 'ec' && namedCurve === 'secp384r1'
    case 'ES512':
      return type === 'ec' && namedCurve === 'secp521r1'
    case 'EdDSA':
      return type === 'ed25519'
    default:
      return type === 'rsa' && (modulusLength ?? 0) >= 2048
  }
}

function fromPublicKey({ publicKey, algorithm }: JwtPublicKey): { key: KeyObject; algorithms: string[] } {
  checkAlgorithm('auth.algorithm', algorithm)
  const isPrivate = typeof publicKey === 'string' ? publicKey.includes('PRIVATE KEY') : 'd' in publicKey
  if (isPrivate) throw new ConfigurationError('auth.publicKey', 'is a private key', 'set the public half; verifying needs no more')
  let key: KeyObject
  try {
    key = typeof publicKey === 'string' ? createPublicKey(publicKey) : createPublicKey({ key: { ...publicKey }, format: 'jwk' })
  } catch {
    throw new ConfigurationError('auth.publicKey', 'cannot be read', 'set a public key or certificate in PEM, or a JWK')
  }
  if (!keyFits(key, algorithm))
    throw new ConfigurationError(
      'auth.publicKey',
      `does not fit ${algorithm}`,
      'set the algorithm that the issuer signs with (RSA needs 2048 bits)',
    )
  return { key, algorithms: [algorithm] }
}

function toUrl(setting: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
    throw new ConfigurationError(setting, 'is not an http(s) address', 'set the address of the issuer’s JWKS document')
  return url
}

function fetchedAlgorithms({ algorithms = jwtDefaults.algorithms }: JwtJwks | JwtIssuers): string[] {
  if (algorithms.length === 0) throw new ConfigurationError('auth.algorithms', 'is empty', 'name the algorithms that the issuer signs with')
  for (const algorithm of algorithms) checkAlgorithm('auth.algorithms', algorithm)
  return [...algorithms]
}

/** The key that verifies a token, chosen at start; throws `ConfigurationError`. */
export function createVerify(options: JwtOptions, clock: Clock): Verify {
  const kinds = ['secret', 'publicKey', 'jwksUrl', 'issuers'].filter((kind) => kind in options)
  if (kinds.length !== 1)
    throw new ConfigurationError(
      'auth',
      kinds.length === 0 ? 'has no key' : `has ${kinds.join(' and ')}`,
      'set one of secret, publicKey, jwksUrl, issuers',
    )
  const { issuer, audience, clockToleranceSeconds = jwtDefaults.clockToleranceSeconds } = options
  if (!Number.isFinite(clockToleranceSeconds) || clockToleranceSeconds < 0)
    throw new ConfigurationError('auth.clockToleranceSeconds', 'is not a number of seconds', 'set 0 or more')
  const checks = (): JWTVerifyOptions => ({
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience: typeof audience === 'string' ? audience : [...audience] }),
    clockTolerance: clockToleranceSeconds,
    currentDate: new Date(clock.now()),
  })

  if ('issuers' in options) return verifyByIssuer(options, clock, checks)
  if ('jwksUrl' in options) {
    const keys = remoteKeys({ ...options.jwks, url: toUrl('auth.jwksUrl', options.jwksUrl), clock })
    const algorithms = fetchedAlgorithms(options)
    return async (token) => (await jwtVerify(token, keys, { ...checks(), algorithms })).payload
  }
  if ('secret' in options) {
    const { key, algorithms } = fromSecret(options)
    return async (token) => (await jwtVerify(token, await key(), { ...checks(), algorithms })).payload
  }
  const { key, algorithms } = fromPublicKey(options)
  return async (token) => (await jwtVerify(token, key, { ...checks(), algorithms })).payload
}

function verifyByIssuer(options: JwtIssuers & JwtOptions, clock: Clock, checks: () => JWTVerifyOptions): Verify {
  const { issuers, jwks, issuer } = options
  if (issuer !== undefined) throw new ConfigurationError('auth.issuer', 'is set beside issuers', 'leave it out; issuers names them')
  if (issuers.length === 0) throw new ConfigurationError('auth.issuers', 'is empty', 'name at least one issuer')
  const algorithms = fetchedAlgorithms(options)
  const keysOf = new Map<string, JWTVerifyGetKey>()
  for (const [index, each] of issuers.entries()) {
    if (keysOf.has(each.issuer)) throw new ConfigurationError(`auth.issuers.${index}.issuer`, 'is named twice', 'name each issuer once')
    keysOf.set(each.issuer, remoteKeys({ ...jwks, url: toUrl(`auth.issuers.${index}.jwksUrl`, each.jwksUrl), clock }))
  }
  return async (token) => {
    // Not verified yet: it only chooses the keys, and is checked against them below.
    const claimed = decodeJwt(token).iss
    const keys = claimed === undefined ? undefined : keysOf.get(claimed)
    if (claimed === undefined || keys === undefined) throw new errors.JWTInvalid('the issuer is not one of auth.issuers')
    return (await jwtVerify(token, keys, { ...checks(), algorithms, issuer: claimed })).payload
  }
}
