import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChannelName } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { loadLibrary } from './driver.ts'
import { StoreOpenError, sqliteDefaults, sqliteStore } from './index.ts'
import { openDatabase } from './open.ts'
import { drivers, newFolder, openHandle, openStore } from './test-subjects.ts'

// Holds: a name as a pattern would format it.
const mill = channelKey('acme', 'mill:1' as ChannelName)
const publication = (id: string) => ({ event: 'e', json: JSON.stringify({ id, text: 'x'.repeat(400) }), id, time: 1 })

function refusal(open: () => unknown): StoreOpenError {
  try {
    open()
  } catch (error) {
    if (error instanceof StoreOpenError) return error
    throw error
  }
  throw new Error('the store was opened')
}

describe.each(drivers)('opening a SQLite store, by %s', (driver) => {
  async function filled(): Promise<string> {
    const opened = openStore(driver)
    await Promise.all(Array.from({ length: 200 }, (_, n) => opened.store.log.append(mill, publication(`p${n}`))))
    await opened.close()
    return opened.path
  }

  it('[OPS3] says in one line, with the path and the mend, why a file cannot be opened', async () => {
    const folder = newFolder()
    const garbage = join(folder, 'garbage.db')
    writeFileSync(garbage, 'this is no database. '.repeat(1_000))
    const cut = await filled()
    truncateSync(cut, 8_192)
    const scribbled = await filled()
    const bytes = readFileSync(scribbled)
    bytes.fill(0x5a, 4_096, 40_960)
    writeFileSync(scribbled, bytes)
    mkdirSync(join(folder, 'sub'))
    const cases: readonly (readonly [path: string, mend: RegExp])[] = [
      [garbage, /restore it from a backup/],
      [cut, /restore it from a backup/],
      [scribbled, /restore it from a backup/],
      [join(folder, 'missing', 'app.db'), /folder ".*missing" does not exist: create it/],
      [join(garbage, 'app.db'), /not a folder: choose another/],
      [join(folder, 'sub'), /choose the path of a file/],
      ['/proc/app.db', /give this user the right to write|choose another path/],
    ]
    for (const [path, mend] of cases) {
      const { message } = refusal(() => sqliteStore({ path, driver }))
      expect(message).toContain(path)
      expect(message).toMatch(mend)
      expect(message).not.toContain('\n')
    }
  })

  it('[OPS3] refuses tables of a newer version, and leaves them as they are', async () => {
    const path = await filled()
    const handle = openHandle(driver, path)
    handle.exec('UPDATE millrace_meta SET schema = 99')
    handle.close()
    const before = readFileSync(path)
    expect(refusal(() => sqliteStore({ path, driver })).message).toMatch(/version 99 .* upgrade @millrace\/server/)
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  it('[OPS3] brings the tables of the first version up to date, and goes on with what they hold', async () => {
    const path = await filled()
    const handle = openHandle(driver, path)
    handle.exec('DROP TABLE millrace_leases; DROP TABLE millrace_jobs; UPDATE millrace_meta SET schema = 1')
    handle.close()
    const { store, close } = openStore(driver, {}, path)
    expect((await store.log.head(mill)).offset).toBe(200)
    expect(await store.leases.acquire('sweep', 'a', 1_000)).toBe(true)
    await close()
    await openStore(driver, {}, path).close()
  })

  it('[OPS3] refuses a database that has no file', () => {
    for (const path of ['', ':memory:']) expect(refusal(() => sqliteStore({ path, driver })).message).toMatch(/memoryStore\(\)/)
    expect(refusal(() => sqliteStore({ database: openHandle(driver, ':memory:') })).message).toMatch(/has no file/)
  })

  it('[OPS3] refuses a handle that is closed', () => {
    const database = openHandle(driver, join(newFolder(), 'app.db'))
    database.close()
    expect(refusal(() => sqliteStore({ database })).message).toMatch(/pass an open/)
  })

  it('lives in the file of the application, beside its tables', async () => {
    const path = join(newFolder(), 'app.db')
    const database = openHandle(driver, path)
    database.exec('PRAGMA user_version = 7; CREATE TABLE purchases (id INTEGER PRIMARY KEY); INSERT INTO purchases VALUES (1)')
    const store = sqliteStore({ database })
    await store.log.append(mill, publication('p1'))
    await store.check()
    await store.close()
    // Hold: the columns that the statements name.
    const names = database.prepare('SELECT name FROM sqlite_master').all() as { readonly name: string }[]
    const ours = names.map(({ name }) => name).filter((name) => name !== 'purchases' && name !== 'sqlite_sequence')
    for (const name of ours) expect(name).toMatch(/^(millrace_|sqlite_autoindex_millrace_)/)
    expect(database.prepare('SELECT id FROM purchases').all()).toMatchObject([{ id: 1 }])
    expect(database.prepare('PRAGMA user_version').all()).toMatchObject([{ user_version: 7 }])
    database.close()
  })

  it('[LOG2] flushes each commit to the disk, unless it is told to leave that to the system', () => {
    const opened = (durability?: 'full' | 'normal') => {
      const { handle, sidecar } = openDatabase({
        ...{ path: join(newFolder(), 'app.db'), library: loadLibrary(driver), durability: durability ?? sqliteDefaults.durability },
        ...{ newId: () => 'id', newSecret: () => 'secret' },
      })
      const [synchronous] = handle.prepare('PRAGMA synchronous').all()
      const [mode] = handle.prepare('PRAGMA journal_mode').all()
      handle.close()
      sidecar.close()
      return { ...{ synchronous, mode } }
    }
    // SQLite's numbers: 1 is NORMAL, 2 is FULL.
    expect(opened()).toMatchObject({ synchronous: { synchronous: 2 }, mode: { journal_mode: 'wal' } })
    expect(opened('full')).toMatchObject({ synchronous: { synchronous: 2 } })
    expect(opened('normal')).toMatchObject({ synchronous: { synchronous: 1 } })
  })

  it('refuses writes and reads once it is closed, and closes once', async () => {
    const { store, close } = openStore(driver)
    const last = store.log.append(mill, publication('p1'))
    await Promise.all([close(), store.close()])
    expect((await last).position.offset).toBe(1)
    const late = [store.log.append(mill, publication('p2')), store.log.head(mill), store.check(), store.inbox.count('acme', 'asha')]
    for (const outcome of await Promise.allSettled(late))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  })
})
