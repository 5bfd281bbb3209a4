import { copyFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChannelName, Position } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { isContinued } from './sidecar.ts'
import { drivers, newFolder, type OpenStore, openStore } from './test-subjects.ts'

// Holds: a name as a pattern would format it.
const mill = channelKey('acme', 'mill:1' as ChannelName)
const publication = (id: string) => ({ event: 'e', json: '{}', id, time: 1 })

async function append({ store }: OpenStore, count: number, name = 'p'): Promise<Position> {
  const appended = await Promise.all(Array.from({ length: count }, (_, n) => store.log.append(mill, publication(`${name}${n}`))))
  const last = appended.at(-1)
  if (last === undefined) throw new Error('append at least one')
  return last.position
}

describe.each(drivers)('the epoch of a SQLite store, by %s', (driver) => {
  async function filled(): Promise<{ readonly path: string; readonly position: Position }> {
    const opened = openStore(driver)
    const position = await append(opened, 5)
    await opened.close()
    return { path: opened.path, position }
  }
  async function epochOf(path: string): Promise<string> {
    const opened = openStore(driver, {}, path)
    const { epoch } = await opened.store.log.head(mill)
    await opened.close()
    return epoch
  }

  it('[LOG6] stays the same over restarts', async () => {
    const { path, position } = await filled()
    expect(await epochOf(path)).toBe(position.epoch)
    expect(await epochOf(path)).toBe(position.epoch)
  })

  it('[LOG6] is the same by whatever path the file is opened', async () => {
    const { path, position } = await filled()
    const link = join(newFolder(), 'link.db')
    symlinkSync(path, link)
    expect(await epochOf(link)).toBe(position.epoch)
    expect(await epochOf(path)).toBe(position.epoch)
  })

  it('[LOG6] is new when the database was restored from an earlier copy, of an earlier life or of the same', async () => {
    for (const lives of ['another', 'the same']) {
      const { path, position } = await filled()
      let opened = openStore(driver, {}, path)
      opened.app.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      copyFileSync(path, `${path}.copy`)
      if (lives === 'another') opened = await opened.reopen()
      const lost = await append(opened, 3, 'lost')
      await opened.close()
      copyFileSync(`${path}.copy`, path)
      opened = openStore(driver, {}, path)
      const head = await opened.store.log.head(mill)
      expect(head.epoch).not.toBe(position.epoch)
      expect(head.offset).toBe(5)
      await append(opened, 9, 'other')
      // It would be the ninth publication of another history.
      expect(await opened.store.log.read(mill, lost, 10)).toMatchObject({ kind: 'gap', why: 'new-epoch' })
      await opened.close()
      expect(await epochOf(path)).toBe(head.epoch)
    }
  })

  it('[LOG6] is new when the database is gone', async () => {
    const { path, position } = await filled()
    rmSync(path)
    const epoch = await epochOf(path)
    expect(epoch).not.toBe(position.epoch)
    expect(await epochOf(path)).toBe(epoch)
  })

  it('[LOG6] is new when nothing speaks for the database, or what does cannot be read', async () => {
    const { path, position } = await filled()
    rmSync(`${path}.epoch`)
    const second = await epochOf(path)
    expect(second).not.toBe(position.epoch)
    writeFileSync(`${path}.epoch`, 'something else')
    const third = await epochOf(path)
    expect([position.epoch, second]).not.toContain(third)
    expect(await epochOf(path)).toBe(third)
  })

  it('[LOG6] is known to a process that has the file open when another one starts it', async () => {
    const opened = openStore(driver)
    const first = await append(opened, 2)
    rmSync(`${opened.path}.epoch`)
    const second = openStore(driver, {}, opened.path)
    const there = await second.store.log.head(mill)
    expect(there.epoch).not.toBe(first.epoch)
    expect(await append(opened, 1, 'q')).toEqual({ epoch: there.epoch, offset: 3 })
    await second.close()
    await opened.close()
  })
})

describe('the mark beside a database', () => {
  it('[LOG6] speaks for a database that has come as far or further, and for a new one', () => {
    const database = { epoch: 'e1', commits: 7 }
    expect(isContinued(database, { epoch: 'e1', commits: 7 })).toBe(true)
    expect(isContinued(database, { epoch: 'e1', commits: 6 })).toBe(true)
    expect(isContinued(database, { epoch: 'e1', commits: 8 })).toBe(false)
    expect(isContinued(database, { epoch: 'e2', commits: 7 })).toBe(false)
    expect(isContinued(database, null)).toBe(false)
    expect(isContinued({ epoch: 'e1', commits: 0 }, null)).toBe(true)
  })
})
