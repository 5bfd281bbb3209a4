import { createClient, type MillraceClient, type Observer } from '@millrace/client'
import { recorder, tempFolder } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { contract, type Purchase, type RiceMillContract } from '../src/contract.ts'
import { type Person, signIn } from './support/api.ts'
import { openMill } from './support/mill.ts'

const mill = contract.channels.mill({ millId: 'mill-1' })
const paddy = { supplier: 'Kaveri Growers', variety: 'Ponni', quantityKg: 900, ratePaisePerKg: 2_300 }
const buy = (person: Person) => person.data(person.post<Purchase>('/mills/mill-1/purchases', paddy))

interface BrowserWindow extends Disposable {
  readonly client: MillraceClient<RiceMillContract>
}

/** A window of somebody's browser, with the SDK in it. */
function openWindow(url: string, { token }: Person): BrowserWindow {
  const client = createClient({ contract, url, token: () => token, onError: () => {} })
  return { client, [Symbol.dispose]: () => client.close() }
}

/** Resolves when the observed value fits. */
function until<T>(observer: Observer<T>, fits: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    const look = () => {
      const value = observer.getSnapshot()
      if (fits(value)) resolve(value)
    }
    observer.subscribe(look)
    look()
  })
}

describe('through the SDK', () => {
  it('[DLV1] what happens while the server is down or the window away is heard afterwards, once', async () => {
    await using folder = await tempFolder('rice-mill-sdk')
    const heard = recorder<Purchase>()
    await using first = await openMill({ dataDir: folder.path })
    const { port } = first.mill
    const ravi = await first.as('ravi')
    using window = openWindow(first.url, ravi)
    const channel = window.client.channel(mill)
    channel.on('purchase:created', ({ purchase }) => heard.push(purchase))
    await until(channel.status, ({ state }) => state === 'live')

    const before = await buy(await first.as('asha'))
    await heard.count(1)
    await first.mill.stop()
    await using second = await openMill({ dataDir: folder.path, port })
    // Before the window has come back.
    const away = [await buy(await signIn(second.url, 'asha@millrace.test')), await buy(await second.as('asha'))]
    await heard.count(3)
    const after = await buy(await second.as('asha'))
    expect(await heard.count(4)).toEqual([before, ...away, after])
  })

  it('[INB3] what is read in one window is read in the other', async () => {
    await using test = await openMill()
    const ravi = await test.as('ravi')
    using here = openWindow(test.url, ravi)
    using there = openWindow(test.url, ravi)
    const [{ notifications, unread }] = await Promise.all([
      until(here.client.inbox, ({ status }) => status === 'ready'),
      until(there.client.inbox, ({ status }) => status === 'ready'),
    ])
    expect(unread).toBeGreaterThan(1)
    const id = notifications[0]?.id ?? ''
    await here.client.inbox.markRead([id])
    await until(
      there.client.inbox,
      (view) => view.unread === unread - 1 && view.notifications.find((each) => each.id === id)?.readAt !== null,
    )

    await buy(await test.as('asha'))
    for (const { client } of [here, there]) {
      const view = await until(client.inbox, (each) => each.unread === unread)
      expect(view.notifications[0]).toMatchObject({ title: 'New Purchase', readAt: null })
    }
  })

  it('[PRE1] [PRE4] shows who is here and who is typing, until they buy', async () => {
    await using test = await openMill()
    const [asha, ravi] = [await test.as('asha'), await test.as('ravi')]
    using hers = openWindow(test.url, asha)
    using his = openWindow(test.url, ravi)
    const here = his.client.presence(mill)
    here.join({ view: 'dashboard' })
    hers.client.presence(mill).join({ view: 'purchases' })
    const { members } = await until(here, ({ members: all }) => all.some(({ userId }) => userId === asha.user.id))
    expect(members.find(({ userId }) => userId === asha.user.id)).toMatchObject({ name: asha.user.name, state: { view: 'purchases' } })

    await until(hers.client.channel(mill).status, ({ state }) => state === 'live')
    const typing = his.client.typing(mill)
    const begun = until(typing, (view) => view.typists.length > 0)
    hers.client.typing(mill).start({ entity: 'purchase', action: 'creating' })
    const { typists } = await begun
    expect(typists[0]).toMatchObject({ ...asha.by, detail: { entity: 'purchase', action: 'creating' } })
    await buy(asha)
    await until(typing, (view) => view.typists.length === 0)
  })

  it('[CON2] gives requests their typed replies, and refuses what is not theirs', async () => {
    await using test = await openMill()
    const meena = await test.as('meena')
    using window = openWindow(test.url, meena)
    expect(await window.client.request('join:mill', 'mill-2')).toEqual({ millId: 'mill-2' })
    expect((await window.client.request('request:dashboard', 'mill-2')).days).toHaveLength(14)
    await expect(window.client.request('request:dashboard', 'mill-1')).rejects.toMatchObject({
      code: 'denied',
      message: 'Access denied to this mill',
    })
    const stats = window.client.retained(contract.channels.mill({ millId: 'mill-2' }), 'dashboard:stats')
    expect((await until(stats, ({ value }) => value !== undefined)).value).toMatchObject({ millId: 'mill-2' })
  })
})
