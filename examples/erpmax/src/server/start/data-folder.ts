import { randomBytes } from 'node:crypto'
import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from './start-error.ts'

const hasCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code

/** Makes the folder where there is none, and makes sure that files can be written in it. */
export function prepareDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    const probe = join(folder, '.probe')
    // The rights alone do not tell: the file system may be full or read-only.
    writeFileSync(probe, 'x')
    rmSync(probe)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new StartError(`the data folder ${folder} cannot be written (${reason}): change its owner or rights, or set DATA_DIR`)
  }
}

/** The secret that access tokens are signed with: made once, readable by its owner alone. */
export function accessTokenSecret(folder: string): string {
  const file = join(folder, 'access-token-secret')
  try {
    // "wx": of two processes that start at once, one writes and both read what it wrote.
    writeFileSync(file, randomBytes(48).toString('base64url'), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
  const secret = readFileSync(file, 'utf8').trim()
  if (secret.length < 32) throw new StartError(`the token secret in ${file} is too short: delete the file, and a new one is made`)
  return secret
}
