import { once } from 'node:events'
import { statSync, writeFileSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TempFolder, tempFolder } from '@millrace-tests/support'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Purchase } from '../src/contract.ts'
import { api, signIn } from './support/api.ts'
import { spawnMill } from './support/process.ts'
import { connect } from './support/stock-client.ts'

const input = { supplier: 'Kaveri Growers', variety: 'Ponni', quantityKg: 900, ratePaisePerKg: 2_300 }

describe('the program', () => {
  let folder: TempFolder
  let dataDir: string

  beforeEach(async () => {
    folder = await tempFolder('rice-mill-start')
    dataDir = join(folder.path, 'data')
  })
  afterEach(async () => {
    await folder[Symbol.asyncDispose]()
  })

  /** It ends by itself, with one clear line. */
  async function complaint(env: Record<string, string>): Promise<string> {
    await using mill = spawnMill({ DATA_DIR: dataDir, ...env })
    expect(await mill.exited).toEqual({ code: 1, signal: null })
    expect(mill.out).toEqual([])
    expect(mill.err).toHaveLength(1)
    return mill.err[0] ?? ''
  }

  it('[HLT3] makes and fills the data folder, stops cleanly on Ctrl-C, and starts again with everything still there', async () => {
    await using first = spawnMill({ DATA_DIR: dataDir })
    const address = await first.address
    const asha = await signIn(address, 'asha@millrace.test')
    const purchase = await asha.data(asha.post<Purchase>('/mills/mill-1/purchases', input))
    const client = await connect(address, asha.token)
    first.signal('SIGINT')
    expect(await client.disconnected).toBe('transport close')
    expect(await first.exited).toEqual({ code: 0, signal: null })
    expect(first.err).toEqual([])
    for (const name of ['admin', 'asha', 'ravi', 'meena', 'ira']) expect(first.out.join('\n')).toContain(`${name}@millrace.test`)

    await using second = spawnMill({ DATA_DIR: dataDir })
    const again = await signIn(await second.address, 'ravi@millrace.test')
    const { items } = await again.data(again.get<{ items: Purchase[] }>('/mills/mill-1/purchases?limit=1'))
    expect(items).toEqual([purchase])
    // A token of the first run is good in the second: the secret was kept, for its owner alone.
    expect((await api(await second.address, asha.token).get('/auth/me')).status).toBe(200)
    expect(statSync(join(dataDir, 'access-token-secret')).mode & 0o777).toBe(0o600)
    second.signal('SIGTERM')
    expect(await second.exited).toEqual({ code: 0, signal: null })
  })

  it('[OUT1] [INB1] has what it answered, and the notice of it, after a SIGKILL', async () => {
    await using first = spawnMill({ DATA_DIR: dataDir })
    const asha = await signIn(await first.address, 'asha@millrace.test')
    const purchase = await asha.data(asha.post<Purchase>('/mills/mill-1/purchases', input))
    first.signal('SIGKILL')
    await first.exited

    await using second = spawnMill({ DATA_DIR: dataDir })
    const ravi = await signIn(await second.address, 'ravi@millrace.test')
    expect(await ravi.data(ravi.get(`/mills/mill-1/purchases/${purchase.id}`))).toEqual(purchase)
    const { notifications } = await ravi.data(ravi.get<{ notifications: { data: unknown }[] }>('/notifications'))
    expect(notifications[0]?.data).toEqual({ purchaseId: purchase.id })
  })

  it('[HLT3] stops cleanly when the shell that npm started it by has ended', async () => {
    await using mill = spawnMill({ DATA_DIR: dataDir, npm_lifecycle_event: 'start' }, { shell: true })
    const address = await mill.address
    mill.signal('SIGTERM')
    // The program has inherited the shell's output: it is closed when the program has ended, too.
    expect(await mill.exited).toEqual({ code: null, signal: 'SIGTERM' })
    await expect(fetch(address)).rejects.toThrow()
    expect(statSync(join(dataDir, 'rice-mill.db-wal'), { throwIfNoEntry: false })?.size ?? 0).toBe(0)
    expect(mill.err).toEqual([])
  })

  it('[OPS3] says in one line that the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? String(address.port) : ''
    expect(await complaint({ PORT: port })).toBe(
      `The rice mill cannot start: port ${port} is in use: stop the program that uses it, or set PORT to another one`,
    )
    other.close()
  })

  it('[OPS3] says in one line that the data folder cannot be written', async () => {
    const file = join(folder.path, 'file')
    writeFileSync(file, '')
    expect(await complaint({ DATA_DIR: join(file, 'data') })).toMatch(
      /^The rice mill cannot start: the data folder .*file\/data cannot be written \(ENOTDIR\): change its owner or rights, or set DATA_DIR$/,
    )
  })

  it('[OPS3] says in one line that the database is none', async () => {
    await mkdir(dataDir)
    writeFileSync(join(dataDir, 'rice-mill.db'), 'this is not a database '.repeat(1_000))
    expect(await complaint({})).toMatch(
      /^The rice mill cannot start: the database .*rice-mill\.db cannot be used \(file is not a database, SQLITE_NOTADB\): put a backup/,
    )
  })

  it('[OPS3] says in one line that the database is damaged inside', async () => {
    {
      await using mill = spawnMill({ DATA_DIR: dataDir })
      await mill.address
      mill.signal('SIGTERM')
      await mill.exited
    }
    const file = await open(join(dataDir, 'rice-mill.db'), 'r+')
    await file.write(Buffer.alloc(60_000, 0x5a), 0, 60_000, 8_192)
    await file.close()
    expect(await complaint({})).toMatch(/^The rice mill cannot start: the database .*rice-mill\.db (is damaged|cannot be used) /)
  })

  it.each([
    ['PORT', 'http', 'PORT is "http": give a whole number from 0 to 65535'],
    ['ACCESS_TOKEN_TTL', '0', 'ACCESS_TOKEN_TTL is "0": give a whole number from 1 to 86400'],
    ['ACCESS_TOKEN_SECRET', 'short', 'ACCESS_TOKEN_SECRET is too short: give at least 32 characters'],
    ['CLIENT_URL', 'nowhere', 'CLIENT_URL is "nowhere": give an address such as http://localhost:5173'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL is "loud": give one of debug, info, warn, error, silent'],
  ])('[OPS3] names the setting that is wrong: %s', async (name, value, message) => {
    expect(await complaint({ [name]: value })).toBe(`The rice mill cannot start: ${message}`)
  })
})
