import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { localBroker, memoryStore } from '@millrace/server'
import { assemble, isAuthenticator, nameOf, openBroker, openStore } from '../config/open-parts.ts'
import type { MillraceConfig } from '../define-config.ts'
import { type Finding, fail, failure, ok, warn } from './finding.ts'
import { judgeFiles, judgeKeys, judgePostgres } from './judge.ts'

const run = promisify(execFile)
const fetchWithinMs = 5_000
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Whether a server can be made of the settings, with nothing outside of them. */
export async function probeSettings(config: MillraceConfig): Promise<readonly Finding[]> {
  const { server, api } = await assemble(config, { store: memoryStore(), broker: localBroker(), logger: silent })
  await server.close()
  const { keys = [] } = config.api ?? {}
  return [ok('settings', 'a server can be made of them'), ...(api === null ? [] : [ok('api', `${keys.length} keys`)])]
}

async function probeKeys(url: string): Promise<Finding> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(fetchWithinMs) })
    if (!response.ok) return fail('auth', `${url} answers ${response.status}`, 'correct the address of the keys')
    return judgeKeys(url, await response.json().catch(() => null))
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return fail(
      'auth',
      `${url} cannot be fetched (${cause instanceof Error ? cause.message : cause})`,
      'start the issuer, or correct the address of the keys',
    )
  }
}

export async function probeAuth({ auth, contract }: MillraceConfig): Promise<readonly Finding[]> {
  const guests = contract.guests ? [ok('guests', 'connections without a token are let in')] : []
  if (isAuthenticator(auth)) return [ok('auth', "an authenticator of the configuration's own"), ...guests]
  if ('secret' in auth) return [ok('auth', `a shared secret of ${Buffer.byteLength(auth.secret)} bytes`), ...guests]
  if ('publicKey' in auth) return [ok('auth', `a public key (${auth.algorithm})`), ...guests]
  const urls = 'issuers' in auth ? auth.issuers.map(({ jwksUrl }) => jwksUrl) : [auth.jwksUrl]
  return [...(await Promise.all(urls.map(probeKeys))), ...guests]
}

export async function probeStore({ store: setting }: MillraceConfig, folder: string): Promise<readonly Finding[]> {
  const place = nameOf(setting, 'memory:')
  if (typeof setting === 'string' && setting.startsWith('postgres')) {
    const { inspectPostgres } = await import('@millrace/server/postgres')
    return judgePostgres(place, await inspectPostgres({ url: setting }))
  }
  if (typeof setting === 'string' && setting.startsWith('sqlite:')) {
    const file = resolve(folder, setting.slice('sqlite:'.length))
    // Looking must not make one.
    if (!existsSync(file))
      return existsSync(dirname(file))
        ? [warn('store', `${file} is not there yet`, 'the first start makes it')]
        : [fail('store', `the folder of ${file} is not there`, 'make it, or correct the path')]
  }
  const store = await openStore(setting, folder)
  try {
    await store.check()
    return [ok('store', `${place} takes writes`)]
  } finally {
    await store.close()
  }
}

export async function probeBroker({ broker: setting }: MillraceConfig): Promise<readonly Finding[]> {
  const broker = await openBroker(setting)
  try {
    await broker.check()
    return [
      ok('broker', setting === undefined || setting === 'local:' ? 'local: for one node' : `${nameOf(setting, '')}: a message went round`),
    ]
  } finally {
    await broker.close()
  }
}

export async function probePort(port: number, host: string | undefined): Promise<readonly Finding[]> {
  const server = createServer()
  try {
    await new Promise<void>((listening, reject) => {
      server.once('error', reject)
      server.listen({ port, ...(host !== undefined && { host }) }, listening)
    })
    await new Promise((closed) => server.close(closed))
    return [ok('port', `${host ?? 'any address'}, port ${port} is free`)]
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return [fail('port', `port ${port} is taken`, 'stop the other program, or set http.port')]
    return [fail('port', `port ${port} cannot be used (${message})`, 'set http.port and http.host')]
  }
}

export async function probeFiles(): Promise<readonly Finding[]> {
  // The shell inherits the limit that we have.
  const limit = await run('sh', ['-c', 'ulimit -n']).then(
    ({ stdout }) => Number(stdout.trim()),
    () => Number.NaN,
  )
  return [judgeFiles(Number.isFinite(limit) ? limit : null)]
}

/** What a probe throws is what it found. */
export async function probing(name: string, probe: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await probe()
  } catch (error) {
    return [failure(name, error)]
  }
}
