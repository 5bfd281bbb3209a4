import { pause, seededRandom, testContract, within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { memoryStorage } from './memory-storage.ts'
import { asha, listen, openYard, publish, ravi } from './yard.ts'

const mill = testContract.channels.mill({ millId: '7' })

describe('snapshot and stream', () => {
  it('[REC4] meet without a hole while others write, whatever the loader takes', async () => {
    await using yard = await openYard()
    const random = seededRandom(42)
    const rows = new Map<string, number>()
    let version = 0
    /** Row first, then the publication, as an application does. */
    async function write(): Promise<void> {
      const id = `row-${random.int(0, 9)}`
      version += 1
      rows.set(id, version)
      await yard.server.rt.publish(mill, 'purchase:created', { id, kg: version })
    }
    for (let round = 0; round < 12; round++) {
      const proxy = await yard.proxy()
      const member = yard.join(asha, { through: proxy, maxHeldPublications: round % 3 === 0 ? 5 : 1_000 })
      let view = new Map<string, number>()
      let loads = 0
      const stop = member.client.channel(mill).subscribe({
        on: { 'purchase:created': ({ id, kg }) => void view.set(id, Math.max(kg, view.get(id) ?? 0)) },
        async load() {
          loads += 1
          await pause(random.int(0, 5))
          const snapshot = new Map(rows)
          await pause(random.int(0, 5))
          view = snapshot
        },
      })
      for (let writes = random.int(5, 60); writes > 0; writes--) {
        await write()
        if (random.chance(0.3)) await pause(0)
      }
      await yard.pass('the snapshot', () => loads > 0 && [...rows].every(([id, kg]) => view.get(id) === kg))
      expect(view).toEqual(rows)
      stop()
      member.client.close()
    }
  })

  it('[REC5] survive a new client: positions in a storage go on where they were', async () => {
    await using yard = await openYard()
    const positions = memoryStorage()
    const first = yard.join(asha, { positions })
    const before = await listen(first, '7')
    await publish(yard, '7', 'seen-', 5)
    await before.hears('seen-5')
    first.client.close()
    const missed = await publish(yard, '7', 'missed-', 5)

    const second = yard.join(asha, { positions })
    const after = await listen(second, '7')
    const live = await publish(yard, '7', 'live-', 2)
    await after.hears('live-2')
    expect(after.ids).toEqual([...missed, ...live])
    expect(after.gaps.all).toEqual([])
  })

  it('[REC5] keep the positions of one person from another', async () => {
    await using yard = await openYard()
    const positions = memoryStorage()
    const first = yard.join(asha, { positions })
    const before = await listen(first, '7')
    await publish(yard, '7', 'seen-', 1)
    await before.hears('seen-1')
    first.client.close()
    await publish(yard, '7', 'missed-', 3)
    const second = await listen(yard.join(ravi, { positions }), '7')
    await publish(yard, '7', 'live-', 1)
    await second.hears('live-1')
    expect(second.ids).toEqual(['live-1'])
  })

  it('brings the newest retained values, and nothing older, to who comes and to who comes back', async () => {
    await using yard = await openYard()
    const proxy = await yard.proxy()
    const stat = (key: string, value: string) => yard.server.rt.publish(mill, 'dashboard:stats', { key, value })
    await stat('stock', '1')
    await stat('stock', '2')
    await stat('cash', '9')
    const member = yard.join(asha, { through: proxy })
    const heard: string[] = []
    member.client.channel(mill).on('dashboard:stats', ({ key, value }) => heard.push(`${key}=${value}`))
    await yard.pass('the values', () => heard.length >= 2)
    expect(heard.toSorted()).toEqual(['cash=9', 'stock=2'])
    proxy.door = 'refuse'
    proxy.applyToAll({ kind: 'reset' })
    for (const value of ['3', '4', '5']) await stat('stock', value)
    proxy.door = 'open'
    await yard.pass('the newest', () => heard.includes('stock=5'))
    expect(heard).not.toContain('stock=3')
    expect(heard).not.toContain('stock=4')
    await within(1_000, 'live', member.live())
  })
})
