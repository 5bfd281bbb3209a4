import type { Notification } from '@millrace/contract'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type ConformanceGaps, type ConformanceTransactions, rulesWithGaps } from '../store-conformance.ts'
import { type InboxStore, inboxPageMax, type NewNotification, type UserInboxChange } from './port.ts'

/** An inbox, and the application's transactions on its database. */
export interface InboxHome {
  readonly inbox: InboxStore
  readonly transactions: ConformanceTransactions
}

export interface InboxSubject {
  readonly name: string
  /** A new inbox that shares nothing with an earlier call's. */
  create(): Promise<InboxHome>
  /** Closes the inbox and opens what it has kept, as a process does that starts again. */
  reopen(home: InboxHome): Promise<InboxHome>
  dispose(home: InboxHome): Promise<void>
  readonly gaps?: ConformanceGaps
}

function notice(id: string, more: Partial<NewNotification> = {}): NewNotification {
  return { id, type: 'purchase', title: 'New purchase', message: `Purchase ${id}`, createdAt: 1_000, ...more }
}

/** What every inbox does, wherever it keeps its notifications. */
export function describeInboxConformance(subject: InboxSubject): void {
  const rule = rulesWithGaps(subject.gaps)

  describe(`inbox: ${subject.name}`, () => {
    let home: InboxHome
    let inbox: InboxStore

    beforeEach(async () => {
      home = await subject.create()
      inbox = home.inbox
    })
    afterEach(() => subject.dispose(home))

    const ids = (notifications: readonly { readonly id: string }[]) => notifications.map(({ id }) => id)
    const list = (userId = 'asha', more: Partial<Parameters<InboxStore['list']>[2]> = {}, tenant = 'acme') =>
      inbox.list(tenant, userId, { limit: 100, ...more })
    async function fill(count: number, userId = 'asha', more: (n: number) => Partial<NewNotification> = () => ({})): Promise<void> {
      for (let n = 1; n <= count; n += 1) await inbox.add('acme', [userId], notice(`n${n}`, more(n)))
    }

    rule('[INB1] stores a notification and gives it back as it was', async () => {
      const full = notice('n1', { data: { purchaseId: 7, note: 'é 漢 😀' }, document: 'purchase/7' })
      const bare = notice('n2')
      const stored: Notification = { ...full, readAt: null }
      expect(await inbox.add('acme', ['asha'], full)).toEqual([
        { userId: 'asha', change: { kind: 'added', notification: stored, revision: 1, unread: 1 } },
      ])
      await inbox.add('acme', ['asha'], bare)
      expect(await list()).toEqual({ notifications: [{ ...bare, readAt: null }, stored], cursor: null, unread: 2, revision: 2 })
    })

    rule('[LOG2] keeps notifications, read state and revision over a restart', async () => {
      await fill(3)
      await inbox.mark('acme', 'asha', ['n2'], 5_000)
      const before = await list()
      home = await subject.reopen(home)
      inbox = home.inbox
      expect(await list()).toEqual(before)
      expect((await inbox.add('acme', ['asha'], notice('n4')))[0]?.change.revision).toBe(5)
    })

    rule('[INB1] stores a dedupe key once per user, also when the notification was deleted', async () => {
      const keyed = (id: string) => notice(id, { dedupeKey: 'invoice-7:due' })
      await inbox.add('acme', ['asha'], keyed('n1'))
      const second = await inbox.add('acme', ['asha', 'ravi'], keyed('n2'))
      expect(second.map(({ userId }) => userId)).toEqual(['ravi'])
      await inbox.delete('acme', 'asha', ['n1'])
      expect(await inbox.add('acme', ['asha'], keyed('n3'))).toEqual([])
      expect(await inbox.count('acme', 'asha')).toEqual({ unread: 0, revision: 2 })
      expect(await inbox.add('zenith', ['asha'], keyed('n4'))).toHaveLength(1)
    })

    rule('[INB1] stores the same notification once, however often it is sent', async () => {
      expect(await inbox.add('acme', ['asha'], notice('n1'))).toHaveLength(1)
      expect(await inbox.add('acme', ['asha', 'ravi'], notice('n1'))).toMatchObject([{ userId: 'ravi' }])
      expect(await inbox.count('acme', 'asha')).toEqual({ unread: 1, revision: 1 })
    })

    rule('[INB1] does not share the data of the caller', async () => {
      const data = { lines: [1] }
      await inbox.add('acme', ['asha'], notice('n1', { data }))
      data.lines.push(2)
      expect((await list()).notifications[0]?.data).toEqual({ lines: [1] })
    })

    rule('[OUT1] stores in the business transaction: with its commit, or not at all', async () => {
      const lost = await home.transactions.begin()
      expect(await inbox.addWithin(lost, 'acme', ['asha'], notice('lost', { dedupeKey: 'k' }))).toHaveLength(1)
      await home.transactions.rollback(lost)
      expect(await list()).toEqual({ notifications: [], cursor: null, unread: 0, revision: 0 })
      const tx = await home.transactions.begin()
      const changes = await inbox.addWithin(tx, 'acme', ['asha', 'ravi'], notice('kept', { dedupeKey: 'k' }))
      await home.transactions.commit(tx)
      expect(changes.map(({ userId, change }) => [userId, change.kind, change.revision, change.unread])).toEqual([
        ['asha', 'added', 1, 1],
        ['ravi', 'added', 1, 1],
      ])
      expect(ids((await list()).notifications)).toEqual(['kept'])
    })

    rule('refuses a transaction that is not on its database', async () => {
      const foreign = await home.transactions.foreign()
      for (const other of [foreign, null, {}])
        expect(() => inbox.addWithin(other, 'acme', ['asha'], notice('n1'))).toThrow(
          expect.objectContaining({ code: 'outbox_wrong_database' }),
        )
      expect(await inbox.count('acme', 'asha')).toEqual({ unread: 0, revision: 0 })
    })

    rule('[INB4] stores one notification for each of many users', async () => {
      const users = Array.from({ length: 1_300 }, (_, index) => `u${index}`)
      const changes = await inbox.add('acme', [...users, 'u0', 'u1'], notice('n1'))
      expect(changes.map(({ userId }) => userId)).toEqual(users)
      for (const user of ['u0', 'u700', 'u1299']) expect(await inbox.count('acme', user)).toEqual({ unread: 1, revision: 1 })
    })

    rule('[INB2] counts unread from what is stored, whatever happened to it', async () => {
      const id = fc.integer({ min: 1, max: 12 }).map((n) => `n${n}`)
      const some = fc.oneof(fc.array(id, { maxLength: 4 }), fc.constant('all' as const))
      const action = fc.oneof(
        fc.record({ kind: fc.constant('add' as const), id }),
        fc.record({ kind: fc.constantFrom('read' as const, 'unread' as const), ids: some }),
        fc.record({ kind: fc.constant('delete' as const), ids: fc.array(id, { maxLength: 3 }) }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 30 }), fc.uuid(), async (actions, user) => {
          const model = new Map<string, boolean>()
          let revision = 0
          for (const step of actions) {
            if (step.kind === 'add') {
              const [added] = await inbox.add('acme', [user], notice(step.id))
              expect(added !== undefined).toBe(!model.has(step.id))
              if (added === undefined) continue
              model.set(step.id, true)
              expect(added.change.revision).toBe(++revision)
              expect(added.change.unread).toBe([...model.values()].filter(Boolean).length)
              continue
            }
            const chosen = [...model.keys()].filter((one) => step.ids === 'all' || step.ids.includes(one))
            const affected = chosen.filter((one) => step.kind === 'delete' || model.get(one) === (step.kind === 'read'))
            for (const one of affected) {
              if (step.kind === 'delete') model.delete(one)
              else model.set(one, step.kind === 'unread')
            }
            const change =
              step.kind === 'delete'
                ? await inbox.delete('acme', user, step.ids)
                : await inbox.mark('acme', user, step.ids, step.kind === 'read' ? 9 : null)
            if (affected.length === 0) expect(change).toBeNull()
            else expect(change).toMatchObject({ revision: ++revision, unread: [...model.values()].filter(Boolean).length })
          }
          const unread = [...model.values()].filter(Boolean).length
          expect(await inbox.count('acme', user)).toEqual({ unread, revision })
          const page = await list(user)
          expect(page.unread).toBe(page.notifications.filter(({ readAt }) => readAt === null).length)
          expect(ids(page.notifications).sort()).toEqual([...model.keys()].sort())
        }),
        { seed: 11, numRuns: 60 },
      )
    })

    rule('[INB2] counts each of many changes at once', async () => {
      await Promise.all(Array.from({ length: 50 }, (_, n) => inbox.add('acme', ['asha'], notice(`n${n}`))))
      const marks = await Promise.all(Array.from({ length: 50 }, (_, n) => inbox.mark('acme', 'asha', [`n${n}`], 5)))
      // Whatever order they were carried out in: each counts what the ones before it have left.
      const counted = marks.map((change) => [change?.revision ?? 0, change?.unread]).sort(([a = 0], [b = 0]) => a - b)
      expect(counted).toEqual(Array.from({ length: 50 }, (_, n) => [51 + n, 49 - n]))
      expect(await inbox.count('acme', 'asha')).toEqual({ unread: 0, revision: 100 })
    })

    rule('[INB3] marks one, some and all, and says what has changed', async () => {
      await fill(4)
      expect(await inbox.mark('acme', 'asha', ['n1'], 7_000)).toEqual({
        kind: 'marked',
        ids: ['n1'],
        readAt: 7_000,
        revision: 5,
        unread: 3,
      })
      const some = await inbox.mark('acme', 'asha', ['n1', 'n2', 'nothing'], 8_000)
      expect(some).toEqual({ kind: 'marked', ids: ['n2'], readAt: 8_000, revision: 6, unread: 2 })
      expect(await inbox.mark('acme', 'asha', 'all', 9_000)).toEqual({ kind: 'marked', ids: 'all', readAt: 9_000, revision: 7, unread: 0 })
      expect((await list()).notifications.map(({ readAt }) => readAt)).toEqual([9_000, 9_000, 8_000, 7_000])
      expect(await inbox.mark('acme', 'asha', ['n3'], null)).toEqual({ kind: 'marked', ids: ['n3'], readAt: null, revision: 8, unread: 1 })
    })

    rule('[INB2] tells where many inboxes stand, in the order asked', async () => {
      await fill(3)
      await fill(1, 'ravi')
      await inbox.add('zenith', ['asha'], notice('z1'))
      const owners = [
        { tenant: 'acme', userId: 'ravi' },
        { tenant: 'acme', userId: 'nobody' },
        { tenant: 'acme', userId: 'asha' },
        { tenant: 'zenith', userId: 'asha' },
        { tenant: 'acme', userId: 'ravi' },
      ]
      expect(await inbox.revisions(owners)).toEqual([1, 0, 3, 1, 1])
      expect(await inbox.revisions([])).toEqual([])
      const many = Array.from({ length: 1_000 }, (_, n) => ({ tenant: 'acme', userId: n === 999 ? 'asha' : `u${n}` }))
      expect((await inbox.revisions(many)).at(-1)).toBe(3)
    })

    rule('[INB5] changes nothing, and counts nothing, where there is nothing to change', async () => {
      await fill(2)
      await inbox.mark('acme', 'asha', ['n1'], 5)
      const before = await list()
      expect(await inbox.mark('acme', 'asha', ['n1'], 6)).toBeNull()
      expect(await inbox.mark('acme', 'asha', ['n2'], null)).toBeNull()
      expect(await inbox.mark('acme', 'asha', ['unknown'], 6)).toBeNull()
      expect(await inbox.mark('acme', 'asha', [], 6)).toBeNull()
      expect(await inbox.delete('acme', 'asha', ['unknown'])).toBeNull()
      expect(await inbox.mark('acme', 'nobody', 'all', 6)).toBeNull()
      expect(await inbox.delete('acme', 'nobody', ['n1'])).toBeNull()
      expect(await list()).toEqual(before)
      expect(await inbox.delete('acme', 'asha', ['n2', 'n2'])).toEqual({ kind: 'deleted', ids: ['n2'], revision: 4, unread: 0 })
      expect(await inbox.delete('acme', 'asha', ['n2'])).toBeNull()
    })

    rule('[TEN2] knows no notification of another user or tenant', async () => {
      await inbox.add('acme', ['asha'], notice('n1'))
      await inbox.add('zenith', ['asha'], notice('z1'))
      await inbox.add('acme', ['ravi'], notice('r1'))
      expect(await inbox.mark('acme', 'asha', ['r1', 'z1'], 5)).toBeNull()
      expect(await inbox.delete('acme', 'asha', ['r1', 'z1'])).toBeNull()
      expect(await inbox.mark('acme', 'asha', 'all', 5)).toMatchObject({ unread: 0 })
      expect(await inbox.count('zenith', 'asha')).toEqual({ unread: 1, revision: 1 })
      expect(await inbox.count('acme', 'ravi')).toEqual({ unread: 1, revision: 1 })
      expect(ids((await list('asha', {}, 'zenith')).notifications)).toEqual(['z1'])
      // Names that run into each other when they are only joined.
      await inbox.add('a', ['b:c'], notice('x'))
      expect((await list('c', {}, 'a:b')).notifications).toEqual([])
    })

    rule('[INB5] pages newest first, and stays in place while new ones arrive', async () => {
      await fill(25)
      const seen: string[] = []
      let cursor: string | null | undefined
      for (let page = 0; cursor !== null; page += 1) {
        const found = await list('asha', { limit: 10, cursor })
        seen.push(...ids(found.notifications))
        cursor = found.cursor
        await inbox.add('acme', ['asha'], notice(`new${page}`))
        await inbox.delete('acme', 'asha', [seen[0] ?? ''])
      }
      expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `n${25 - index}`))
    })

    rule('[INB5] gives no more than a page, and at least one', async () => {
      for (let n = 0; n < inboxPageMax + 5; n += 1) await inbox.add('acme', ['asha'], notice(`n${n}`))
      expect((await list('asha', { limit: 1_000_000 })).notifications).toHaveLength(inboxPageMax)
      expect((await list('asha', { limit: 0 })).notifications).toHaveLength(1)
    })

    rule('[INB5] filters by unread, type and document, page by page', async () => {
      await fill(12, 'asha', (n) => ({ type: n % 2 === 0 ? 'sale' : 'purchase', ...(n % 3 === 0 && { document: `sale/${n % 6}` }) }))
      await inbox.mark('acme', 'asha', ['n2', 'n12'], 5)
      expect(ids((await list('asha', { type: 'sale' })).notifications)).toEqual(['n12', 'n10', 'n8', 'n6', 'n4', 'n2'])
      expect(ids((await list('asha', { type: 'sale', unread: true })).notifications)).toEqual(['n10', 'n8', 'n6', 'n4'])
      expect(ids((await list('asha', { unread: false })).notifications)).toEqual(['n12', 'n2'])
      expect(ids((await list('asha', { document: 'sale/0' })).notifications)).toEqual(['n12', 'n6'])
      expect(ids((await list('asha', { document: 'sale/0', type: 'sale', unread: true })).notifications)).toEqual(['n6'])
      const first = await list('asha', { type: 'sale', limit: 4 })
      expect(ids(first.notifications)).toEqual(['n12', 'n10', 'n8', 'n6'])
      expect(first.unread).toBe(10)
      const second = await list('asha', { type: 'sale', limit: 4, cursor: first.cursor ?? '' })
      expect(ids(second.notifications)).toEqual(['n4', 'n2'])
      expect(second.cursor).toBeNull()
    })

    rule('[INB5] refuses a cursor that it has not made for this user and filter', async () => {
      await fill(5)
      await fill(5, 'ravi')
      const { cursor } = await list('asha', { limit: 2 })
      const made = cursor ?? ''
      const flipped = (index: number) => `${made.slice(0, index)}${made[index] === 'A' ? 'B' : 'A'}${made.slice(index + 1)}`
      const forged = [
        '',
        'x',
        '5',
        made.slice(1),
        `${made}AAAA`,
        flipped(0),
        flipped(7),
        flipped(made.length - 2),
        '../../etc',
        'A'.repeat(10_000),
      ]
      for (const one of forged) await expect(list('asha', { limit: 2, cursor: one })).rejects.toMatchObject({ code: 'invalid_payload' })
      await expect(list('ravi', { cursor: made })).rejects.toMatchObject({ code: 'invalid_payload' })
      await expect(list('asha', { cursor: made }, 'zenith')).rejects.toMatchObject({ code: 'invalid_payload' })
      await expect(list('asha', { cursor: made, unread: true })).rejects.toMatchObject({ code: 'invalid_payload' })
      await expect(list('asha', { cursor: made, type: 'purchase' })).rejects.toMatchObject({ code: 'invalid_payload' })
      expect(ids((await list('asha', { limit: 2, cursor: made })).notifications)).toEqual(['n3', 'n2'])
    })

    rule('[INB2] tells of what trimming took away, and counts without it', async () => {
      await inbox.add('acme', ['asha', 'ravi'], notice('old', { createdAt: 100, dedupeKey: 'k' }))
      await inbox.add('acme', ['asha'], notice('new', { createdAt: 200 }))
      const told: (UserInboxChange & { readonly tenant: string })[] = []
      expect(await inbox.trim(200, (tenant, change) => told.push({ tenant, ...change }))).toBe(2)
      expect(told.sort((a, b) => a.userId.localeCompare(b.userId))).toEqual([
        { tenant: 'acme', userId: 'asha', change: { kind: 'deleted', ids: ['old'], revision: 3, unread: 1 } },
        { tenant: 'acme', userId: 'ravi', change: { kind: 'deleted', ids: ['old'], revision: 2, unread: 0 } },
      ])
      expect(await inbox.count('acme', 'asha')).toEqual({ unread: 1, revision: 3 })
      expect(await inbox.trim(200)).toBe(0)
      // As old as the notification, the key is forgotten with it.
      expect(await inbox.add('acme', ['ravi'], notice('again', { createdAt: 300, dedupeKey: 'k' }))).toHaveLength(1)
    })

    rule('[INB2] trims a large inbox in parts', async () => {
      await Promise.all(
        Array.from({ length: 1_250 }, (_, n) => inbox.add('acme', ['asha'], notice(`n${n}`, { createdAt: n < 1_200 ? 100 : 200 }))),
      )
      const revisions: number[] = []
      expect(await inbox.trim(200, (_, { change }) => revisions.push(change.revision))).toBe(1_200)
      const count = await inbox.count('acme', 'asha')
      expect(count).toEqual({ unread: 50, revision: 1_250 + revisions.length })
      expect(revisions).toEqual(revisions.map((_, index) => 1_251 + index))
    })
  })
}
