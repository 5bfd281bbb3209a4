import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Store } from '../store.ts'
import { type DatabaseHandle, type DriverName, loadLibrary } from './driver.ts'
import { type SqliteSettings, sqliteStore } from './store.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder that is gone when the test file is done. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
  folders.push(folder)
  return folder
}

function isThere(driver: DriverName): boolean {
  try {
    loadLibrary(driver)
    return true
  } catch {
    return false
  }
}

/** The drivers that this Node has. */
export const drivers = (['node:sqlite', 'libsql'] as const).filter(isThere)

/** For tests that make many commits and kill no machine: no flush to the disk with each. */
export const quick = { durability: 'normal' } as const

/** A store, and the application's own handle on the same file. */
export interface OpenStore {
  readonly store: Store
  readonly app: DatabaseHandle
  readonly path: string
  close(): Promise<void>
  /** The same file, opened again after this one was closed. */
  reopen(): Promise<OpenStore>
  /** The same file, opened beside this one. */
  peer(): OpenStore
}

export function openHandle(driver: DriverName, path: string): DatabaseHandle {
  const handle = new (loadLibrary(driver))(path)
  handle.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = NORMAL')
  return handle
}

export function openStore(driver: DriverName, settings: SqliteSettings = {}, path = join(newFolder(), 'app.db')): OpenStore {
  const store = sqliteStore({ path, driver, ...settings })
  const app = openHandle(driver, path)
  async function close(): Promise<void> {
    await store.close()
    app.close()
  }
  return {
    ...{ store, app, path, close },
    async reopen() {
      await close()
      return openStore(driver, settings, path)
    },
    peer: () => openStore(driver, settings, path),
  }
}
