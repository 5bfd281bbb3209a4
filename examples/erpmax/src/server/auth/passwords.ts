import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

/** 32 MB and about 60 ms per guess. */
const cost = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const keyLength = 32

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password.normalize('NFC'), salt, keyLength, cost, (error, key) => (error === null ? resolve(key) : reject(error))),
  )
}

export async function hashPassword(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  return `scrypt:${salt.toString('base64url')}:${(await derive(password, salt)).toString('base64url')}`
}

const nobody = `scrypt:${randomBytes(16).toString('base64url')}:${randomBytes(keyLength).toString('base64url')}`

/** Takes as long for an unknown user (null) as for a known one: the time tells nobody which addresses exist. */
export async function passwordMatches(password: string, hash: string | null): Promise<boolean> {
  const [, salt = '', expected = ''] = (hash ?? nobody).split(':')
  const key = await derive(password, Buffer.from(salt, 'base64url'))
  return timingSafeEqual(key, Buffer.from(expected, 'base64url')) && hash !== null
}
