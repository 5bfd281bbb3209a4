import type { Notification } from '@millrace/contract'
import { expect, it } from 'vitest'
import { type StartOptions, startClient } from '../testing/start-client.ts'

const notification = (id: string, readAt: number | null = null): Notification => ({
  id,
  type: 't',
  title: id,
  message: '',
  createdAt: 1,
  readAt,
})

async function open(ids: readonly string[], options: StartOptions = {}) {
  const started = startClient(options)
  started.server.inbox.notifications = ids.map((id) => notification(id))
  const { inbox } = started.client
  const stop = inbox.subscribe(() => {})
  await started.settle()
  return { ...started, inbox, stop, ids: () => inbox.getSnapshot().notifications.map(({ id }) => id) }
}

it('fetches the newest page when somebody looks, and forgets it when nobody does', async () => {
  const { inbox, stop, server, settle } = await open(['b', 'a'])
  expect(inbox.getSnapshot()).toMatchObject({ status: 'ready', unread: 2, hasMore: false })
  expect(inbox.getSnapshot()).toBe(inbox.getSnapshot())
  stop()
  expect(inbox.getSnapshot()).toMatchObject({ status: 'idle', notifications: [], unread: 0 })
  server.changeInbox({ kind: 'added', revision: 2, unread: 3, notification: notification('c') })
  await settle()
  expect(inbox.getSnapshot().notifications).toEqual([])
})

it('[INB5] pages on, once at a time', async () => {
  const { inbox, server, ids } = await open(['e', 'd', 'c', 'b', 'a'], { inboxPageSize: 2 })
  await Promise.all([inbox.loadMore(), inbox.loadMore()])
  expect(ids()).toEqual(['e', 'd', 'c', 'b'])
  await inbox.loadMore()
  await inbox.loadMore()
  expect(ids()).toEqual(['e', 'd', 'c', 'b', 'a'])
  expect(server.socket.received.filter(({ event }) => event === 'mr:inbox-list')).toHaveLength(3)
})

it('[INB2] applies changes of other devices as they come, those during the first fetch too', async () => {
  const { client, server, settle } = startClient({ script: { mode: 'hand' } })
  server.inbox.notifications = [notification('a')]
  client.inbox.subscribe(() => {})
  await settle()
  server.socket.welcome()
  server.travel('down')
  server.travel('up')
  // The page was read; what is pushed now comes before it or after it.
  server.changeInbox({ kind: 'added', revision: 2, unread: 2, notification: notification('b') })
  server.travel('down')
  server.changeInbox({ kind: 'marked', revision: 3, unread: 1, ids: ['a'], readAt: 5 })
  server.travel('down')
  await settle()
  expect(client.inbox.getSnapshot()).toMatchObject({
    unread: 1,
    notifications: [
      { id: 'b', readAt: null },
      { id: 'a', readAt: 5 },
    ],
  })
})

it('[INB2] fetches anew after a hole, and after a break in which something has changed', async () => {
  const { inbox, server, clock, settle, ids } = await open(['a'])
  server.inbox.notifications = [notification('c'), notification('b'), notification('a')]
  server.changeInbox({ kind: 'added', revision: 3, unread: 3, notification: notification('c') })
  await settle()
  expect(ids()).toEqual(['c', 'b', 'a'])

  server.cut()
  await clock.advance(1_000)
  const lists = () => server.socket.received.filter(({ event }) => event === 'mr:inbox-list').length
  expect(lists()).toBe(0)
  server.cut()
  server.inbox.notifications = [notification('d')]
  server.inbox.revision = 4
  await clock.advance(1_000)
  expect(lists()).toBe(1)
  expect(ids()).toEqual(['d'])
  expect(inbox.getSnapshot().unread).toBe(1)
})

it('[INB3] shows a change at once and keeps it when the server agrees', async () => {
  const { inbox, server, settle } = await open(['b', 'a'])
  const marked = inbox.markRead(['a'])
  expect(inbox.getSnapshot()).toMatchObject({ unread: 1, notifications: [{ readAt: null }, { readAt: expect.any(Number) }] })
  await marked
  expect(inbox.getSnapshot().unread).toBe(1)
  server.changeInbox({ kind: 'marked', revision: 2, unread: 1, ids: ['a'], readAt: 5 })
  await settle()
  expect(inbox.getSnapshot()).toMatchObject({ unread: 1, notifications: [{ readAt: null }, { readAt: expect.any(Number) }] })
  await inbox.markRead('all')
  expect(inbox.getSnapshot().unread).toBe(0)
  await inbox.markUnread(['b'])
  expect(inbox.getSnapshot().unread).toBe(1)
  await inbox.remove(['b'])
  expect(inbox.getSnapshot()).toMatchObject({ unread: 0, notifications: [{ id: 'a' }] })
})

it('[INB3] rolls a change back that the server refuses, and keeps the others', async () => {
  const { inbox, server, settle } = await open(['c', 'b', 'a'], { script: { mode: 'hand' } }).then(async (opened) => {
    opened.server.socket.welcome()
    opened.server.travel('down')
    opened.server.travel('up')
    opened.server.travel('down')
    await opened.settle()
    return opened
  })
  expect(inbox.getSnapshot().unread).toBe(3)
  const refused = inbox.remove(['a']).catch((error: unknown) => error)
  const kept = inbox.markRead(['b'])
  expect(inbox.getSnapshot()).toMatchObject({ unread: 1, notifications: [{ id: 'c' }, { id: 'b' }] })
  const [remove, mark] = server.socket.received.slice(-2)
  remove?.fail({ code: 'denied', message: 'kept by law', retry: false })
  mark?.reply(null)
  server.travel('down')
  await kept
  expect(await refused).toMatchObject({ code: 'denied' })
  await settle()
  expect(inbox.getSnapshot()).toMatchObject({
    unread: 2,
    notifications: [{ id: 'c' }, { id: 'b', readAt: expect.any(Number) }, { id: 'a' }],
  })
})

it('[INB3] rolls back what could not be sent', async () => {
  const { inbox, server, clock } = await open(['a'])
  server.admit = () => ({ code: 'draining', message: '', retry: true })
  server.cut()
  const marked = inbox.markRead(['a']).catch((error: unknown) => error)
  expect(inbox.getSnapshot().unread).toBe(0)
  await clock.advance(15_000)
  expect(await marked).toMatchObject({ code: 'disconnected' })
  expect(inbox.getSnapshot().unread).toBe(1)
})

it('sends many ids in as many messages as the server takes', async () => {
  const all = Array.from({ length: 450 }, (_, index) => `n${index}`)
  const { inbox, server } = await open(all)
  await inbox.remove(all)
  expect(
    server.socket.received
      .filter(({ event }) => event === 'mr:inbox-delete')
      .map(({ payload }) => JSON.stringify(payload).match(/n\d/g)?.length),
  ).toEqual([200, 200, 50])
})

it('says that a fetch failed, and repeats it', async () => {
  const { inbox, server, clock, errors, settle } = await open(['a'], { script: { mode: 'hand' } })
  server.socket.welcome()
  server.travel('down')
  await settle()
  server.socket.received.at(-1)?.fail({ code: 'unavailable', message: 'not now', retry: true })
  server.travel('down')
  await settle()
  expect(inbox.getSnapshot()).toMatchObject({ status: 'failed', error: { code: 'unavailable' } })
  expect(errors).toMatchObject([{ context: { during: 'inbox' } }])
  await clock.advance(1_000)
  server.travel('up')
  server.travel('down')
  await settle()
  expect(inbox.getSnapshot()).toMatchObject({ status: 'ready', unread: 1 })
})

it('shows nothing of one user to the next', async () => {
  const { inbox, server, clock } = await open(['a'])
  server.user = { id: 'ravi', roles: [] }
  server.inbox.notifications = []
  server.cut()
  expect(inbox.getSnapshot().notifications).toHaveLength(1)
  await clock.advance(1_000)
  expect(inbox.getSnapshot()).toMatchObject({ status: 'ready', notifications: [], unread: 0 })
})
