import { within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { asha, type Member, openYard, ravi, type Yard } from './yard.ts'

function open({ client }: Member) {
  const { inbox } = client
  inbox.subscribe(() => {})
  return { inbox, unread: () => inbox.getSnapshot().unread, titles: () => inbox.getSnapshot().notifications.map(({ title }) => title) }
}

async function notify(yard: Yard, title: string, userId = 'asha') {
  return await yard.server.rt.notify({ user: userId }, { type: 'purchase', title, message: 'm', document: `purchase/${title}` })
}

describe('the inbox on two devices', () => {
  it('[INB2] [INB3] shows what comes and what was read on both, and counts as the store does', async () => {
    await using yard = await openYard()
    const [phone, desk] = [open(yard.join(asha)), open(yard.join(asha))]
    const stranger = open(yard.join(ravi))
    for (const title of ['a', 'b', 'c']) await notify(yard, title)
    await yard.pass('all three on both', () => phone.unread() === 3 && desk.unread() === 3)
    expect(desk.titles()).toEqual(['c', 'b', 'a'])
    const [newest] = phone.inbox.getSnapshot().notifications
    await phone.inbox.markRead([newest?.id ?? ''])
    await yard.pass('read on the other', () => desk.unread() === 2, { maxMs: 1_000 })
    await desk.inbox.markUnread([newest?.id ?? ''])
    await yard.pass('unread again', () => phone.unread() === 3, { maxMs: 1_000 })
    await desk.inbox.markRead('all')
    await yard.pass('all read', () => phone.unread() === 0, { maxMs: 1_000 })
    await phone.inbox.remove([newest?.id ?? ''])
    await yard.pass('deleted', () => desk.titles().join() === 'b,a', { maxMs: 1_000 })
    expect(stranger.titles()).toEqual([])
    expect(await yard.server.rt.inbox.count('asha')).toMatchObject({ unread: 0 })
  })

  it('[INB2] does not drift when both change at once, and one is away for some of it', async () => {
    await using yard = await openYard()
    const proxy = await yard.proxy()
    const [phone, desk] = [open(yard.join(asha, { through: proxy })), open(yard.join(asha))]
    for (let n = 0; n < 12; n++) await notify(yard, `n${n}`)
    await yard.pass('all on both', () => phone.unread() === 12 && desk.unread() === 12)
    const ids = desk.inbox.getSnapshot().notifications.map(({ id }) => id)
    await Promise.all([
      phone.inbox.markRead(ids.slice(0, 6)),
      desk.inbox.markRead(ids.slice(3, 9)),
      desk.inbox.markUnread(ids.slice(0, 1)),
      notify(yard, 'meanwhile'),
    ])
    proxy.door = 'refuse'
    proxy.applyToAll({ kind: 'reset' })
    await desk.inbox.remove(ids.slice(10, 12))
    await notify(yard, 'while away')
    proxy.door = 'open'
    const { unread } = await yard.server.rt.inbox.count('asha')
    await yard.pass('both agree with the store', () => phone.unread() === unread && desk.unread() === unread)
    expect(phone.titles()).toEqual(desk.titles())
    const { notifications } = await yard.server.rt.inbox.list('asha', { limit: 100 })
    expect(desk.titles()).toEqual(notifications.map(({ title }) => title))
  })

  it('[INB3] rolls back what the server refuses', async () => {
    await using yard = await openYard({ limits: { messagesPerConnection: { perSecond: 1, burst: 8 } } })
    const device = open(yard.join(asha))
    await notify(yard, 'a')
    await yard.pass('it is there', () => device.unread() === 1)
    const [one] = device.inbox.getSnapshot().notifications
    const ids = [one?.id ?? '']
    const tries = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? device.inbox.markRead(ids) : device.inbox.markUnread(ids)))
    const outcomes = await within(5_000, 'answers', Promise.allSettled(tries))
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
    await yard.pass('what the store says', () => true)
    const { unread } = await yard.server.rt.inbox.count('asha')
    await yard.pass('it agrees with the store', () => device.unread() === unread)
  })

  it('[INB5] [TEN2] pages by a cursor that serves nobody else', async () => {
    await using yard = await openYard()
    for (let n = 0; n < 5; n++) await notify(yard, `n${n}`)
    const session = await yard.raw(asha)
    const first = (await session.ask('mr:inbox-list', { limit: 2 })) as {
      data: { cursor: string; notifications: { title: string; id: string }[] }
    }
    const second = (await session.ask('mr:inbox-list', { limit: 2, cursor: first.data.cursor })) as typeof first
    expect([...first.data.notifications, ...second.data.notifications].map(({ title }) => title)).toEqual(['n4', 'n3', 'n2', 'n1'])
    for (const person of [ravi, { ...asha, tenant: 'other' }]) {
      const stranger = await yard.raw(person)
      expect(await stranger.ask('mr:inbox-list', { cursor: first.data.cursor })).toMatchObject({
        ok: false,
        error: { code: 'invalid_payload' },
      })
      await stranger.ask('mr:inbox-delete', { ids: first.data.notifications.map(({ id }) => id) })
      await stranger.ask('mr:inbox-mark', { ids: 'all', read: true })
    }
    expect(await yard.server.rt.inbox.count('asha')).toMatchObject({ unread: 5 })
  })
})
