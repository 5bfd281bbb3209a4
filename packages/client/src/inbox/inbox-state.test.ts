import type { InboxChange, Notification } from '@millrace/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstPage, type InboxBase, type InboxIntent, inboxView, nextPage, reduceInbox } from './inbox-state.ts'

const notification = (id: string, readAt: number | null = null): Notification => ({
  id,
  type: 't',
  title: id,
  message: '',
  createdAt: 1,
  readAt,
})
const base = (notifications: readonly Notification[], extra: Partial<InboxBase> = {}): InboxBase => ({
  notifications,
  unread: notifications.filter(({ readAt }) => readAt === null).length,
  revision: 5,
  cursor: null,
  ...extra,
})
const view = (state: InboxBase, ...intents: readonly InboxIntent[]) => inboxView(state, intents, null)

describe('pushed changes', () => {
  it('[INB2] are applied one after the other, with the count of the store', () => {
    const state = base([notification('a')])
    expect(reduceInbox(state, { kind: 'added', revision: 6, unread: 2, notification: notification('b') })).toMatchObject({
      revision: 6,
      unread: 2,
      notifications: [{ id: 'b' }, { id: 'a' }],
    })
    expect(reduceInbox(state, { kind: 'marked', revision: 6, unread: 0, ids: 'all', readAt: 9 })).toMatchObject({
      unread: 0,
      notifications: [{ readAt: 9 }],
    })
    expect(reduceInbox(state, { kind: 'deleted', revision: 6, unread: 0, ids: ['a'] })).toMatchObject({ notifications: [] })
  })

  it('[INB2] are known when they come twice, and fetched anew when one is missing or the store went back', () => {
    const change = (revision: number): InboxChange => ({ kind: 'deleted', revision, unread: 0, ids: [] })
    expect(reduceInbox(base([]), change(5))).toBe('known')
    expect(reduceInbox(base([]), change(7))).toBe('refetch')
    expect(reduceInbox(base([]), change(4))).toBe('refetch')
  })

  it('[INB2] leave the count at that of the store, whatever they are', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'unknown')
    const change = fc.oneof(
      fc.record({ kind: fc.constant('added' as const), unread: fc.nat(9), notification: id.map((one) => notification(one)) }),
      fc.record({
        kind: fc.constant('marked' as const),
        unread: fc.nat(9),
        ids: fc.oneof(fc.constant('all' as const), fc.array(id)),
        readAt: fc.constantFrom(null, 7),
      }),
      fc.record({ kind: fc.constant('deleted' as const), unread: fc.nat(9), ids: fc.array(id) }),
    )
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        let state = base([notification('a'), notification('b', 3)])
        for (const one of changes) {
          const next = reduceInbox(state, { ...one, revision: state.revision + 1 })
          if (typeof next === 'string') throw new Error(next)
          expect(next.unread).toBe(one.unread)
          expect(new Set(next.notifications.map((item) => item.id)).size).toBe(next.notifications.length)
          state = next
        }
      }),
      { seed: 7 },
    )
  })
})

describe('own changes', () => {
  const state = base([notification('a'), notification('b'), notification('c', 3)], { unread: 7 })

  it('[INB3] show at once, count only what was unread, and vanish without a trace', () => {
    expect(view(state, { id: 1, kind: 'mark', ids: ['a', 'c', 'unknown'], readAt: 9 })).toMatchObject({ unread: 6 })
    expect(view(state, { id: 1, kind: 'mark', ids: 'all', readAt: 9 })).toMatchObject({ unread: 0 })
    expect(view(state, { id: 1, kind: 'mark', ids: ['c'], readAt: null })).toMatchObject({ unread: 8 })
    expect(view(state, { id: 1, kind: 'delete', ids: ['b', 'c'] })).toMatchObject({ unread: 6, notifications: [{ id: 'a' }] })
    expect(view(state)).toMatchObject({ unread: 7, notifications: [{ id: 'a', readAt: null }, { id: 'b' }, { id: 'c' }] })
  })

  it('[INB3] count once when the push comes before the ack', () => {
    const pushed = reduceInbox(state, { kind: 'marked', revision: 6, unread: 6, ids: ['a'], readAt: 9 })
    expect(pushed).toMatchObject({ unread: 6 })
    if (typeof pushed === 'string') throw new Error(pushed)
    expect(view(pushed, { id: 1, kind: 'mark', ids: ['a'], readAt: 9 })).toMatchObject({ unread: 6 })
  })
})

describe('pages', () => {
  const page = (ids: readonly string[], revision: number, cursor: string | null = null) => ({
    notifications: ids.map((id) => notification(id)),
    cursor,
    unread: 2,
    revision,
  })

  it('[INB5] are added without doubles', () => {
    const state = firstPage(page(['a', 'b'], 5, 'next'))
    expect(view(state).hasMore).toBe(true)
    const next = nextPage(state, page(['b', 'c'], 6))
    expect(next?.notifications.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(next?.revision).toBe(5)
    expect(next && view(next).hasMore).toBe(false)
  })

  it('are read again when they are older than what is known', () => {
    expect(nextPage(firstPage(page(['a'], 5, 'next')), page(['b'], 4))).toBeNull()
  })
})
