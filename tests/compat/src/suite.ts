import { within } from '@millrace-tests/support'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { StockClient, StockOptions, StockSocket, Way } from './clients.ts'
import { ask, connectGuest, type Guest, received, settled, welcome } from './guest.ts'
import type { StartSubject, Subject } from './subject.ts'

interface Refusal {
  readonly message: string
  readonly data?: { readonly code?: string }
}

const unicode = 'ধান 稻谷 🌾👩‍🌾 — "quotes" \\ \u2028 \u0000 é ümlaut עברית \u{1f468}\u200d\u{1f469}\u200d\u{1f467}'
const bigNote = 'धान '.repeat(6_000)

/** What a stock client of one version sees over one transport. */
export function describeStockClient(client: StockClient, way: Way, start: StartSubject): void {
  describe(`socket.io-client ${client.version} over ${way}`, () => {
    let subject: Subject
    const open: StockSocket[] = []
    let people = 0

    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.close())
    afterEach(() => {
      for (const socket of open.splice(0)) socket.disconnect()
    })

    /** A person and a mill that no other test knows. */
    function somebody() {
      people += 1
      return { userId: `person-${people}`, millId: `mill-${people}` }
    }
    function connect(token: string | undefined, namespace = '', options: StockOptions = {}): Guest {
      const guest = connectGuest({ client, way, url: subject.url + namespace, token, ...options })
      open.push(guest.socket)
      return guest
    }
    async function refused(token: string | undefined, namespace = ''): Promise<Refusal> {
      const { socket } = connect(token, namespace)
      return await within(5_000, 'connect_error', new Promise<Refusal>((resolve) => void socket.once('connect_error', resolve)))
    }
    it('[DLV2] connects with auth.token and hears `connected` first, with one argument', async () => {
      const { userId } = somebody()
      const guest = connect(subject.token({ sub: userId }))
      await welcome(guest)
      expect(guest.heard.all).toEqual([{ event: 'connected', args: [{ userId, message: 'welcome' }] }])
      await settled(guest, way)
    })

    it('[AUTH1] refuses a missing, a false and an expired token, and says which', async () => {
      const { userId } = somebody()
      const token = subject.token({ sub: userId })
      const answers = await Promise.all([
        refused(undefined),
        refused(`${token.slice(0, -4)}AAAA`),
        refused('garbage'),
        refused(subject.expiredToken({ sub: userId })),
      ])
      expect(answers.map(({ data }) => data?.code)).toEqual(['auth_required', 'auth_invalid', 'auth_invalid', 'auth_expired'])
      for (const { message } of answers) expect(message).toMatch(/\w/)
      expect(open.map(({ connected }) => connected)).toEqual([false, false, false, false])
    })

    it('[DLV2] delivers a burst in order, once, with one argument, and only to its channel', async () => {
      const [{ userId, millId }, other] = [somebody(), somebody()]
      const guest = connect(subject.token({ sub: userId, mills: [millId] }))
      const stranger = connect(subject.token({ sub: other.userId, mills: [other.millId] }))
      await Promise.all([welcome(guest), welcome(stranger)])
      // No waiting for the upgrade: what is published while it happens has to arrive as well.
      const sent = Array.from({ length: 200 }, (_, index) => ({ id: `p${index}`, kg: index }))
      for (const purchase of sent) await subject.publish(millId, purchase)
      expect(await received(guest, sent.length)).toEqual(sent)
      await subject.publish(other.millId, { id: 'last', kg: 1 })
      expect(await received(stranger, 1)).toEqual([{ id: 'last', kg: 1 }])
      expect(guest.heard.all.every(({ args }) => args.length === 1)).toBe(true)
      expect(guest.purchases()).toHaveLength(sent.length)
    })

    it('answers a request in its ack', async () => {
      const { userId } = somebody()
      const guest = connect(subject.token({ sub: userId }))
      await welcome(guest)
      expect(await ask(guest, 'echo', { text: 'hello' })).toEqual({ ok: true, data: { text: 'hello', userId } })
      expect(await ask(guest, 'forbidden', {})).toMatchObject({ ok: false, error: { code: 'denied' } })
    })

    it('answers a request without an ack as an event', async () => {
      const { userId } = somebody()
      const guest = connect(subject.token({ sub: userId }))
      await welcome(guest)
      guest.socket.emit('echo', { text: 'hello' })
      guest.socket.emit('forbidden', {})
      await within(5_000, 'both answers', guest.heard.count(3))
      // Each comes when its handler is done, whichever that is first.
      expect(guest.heard.all.slice(1).toSorted((a, b) => a.event.localeCompare(b.event))).toEqual([
        { event: 'echo:reply', args: [{ text: 'hello', userId }] },
        { event: 'error', args: [expect.objectContaining({ code: 'denied' })] },
      ])
    })

    it('carries big payloads and any script both ways', async () => {
      const { userId, millId } = somebody()
      const guest = connect(subject.token({ sub: userId, mills: [millId] }))
      await welcome(guest)
      const big = { id: unicode, kg: 1, note: bigNote }
      await subject.publish(millId, big)
      expect(await received(guest, 1)).toEqual([big])
      expect(await ask(guest, 'echo', { text: bigNote })).toEqual({ ok: true, data: { text: bigNote, userId } })
      expect(await ask(guest, 'echo', { text: unicode })).toEqual({ ok: true, data: { text: unicode, userId } })
    })

    it('admits to a namespace by role and refuses with a code', async () => {
      const { userId, millId } = somebody()
      const guest = connect(subject.token({ sub: userId, roles: ['ADMIN'], mills: [millId] }), '/admin')
      await welcome(guest)
      await subject.publish(millId, { id: 'in-admin', kg: 1 })
      expect(await received(guest, 1)).toEqual([{ id: 'in-admin', kg: 1 }])
      expect((await refused(subject.token({ sub: userId, roles: ['CLERK'] }), '/admin')).data?.code).toBe('namespace_not_allowed')
    })

    it('serves two namespaces on one connection', async () => {
      const { userId, millId } = somebody()
      const token = subject.token({ sub: userId, roles: ['ADMIN'], mills: [millId] })
      const both = [connect(token, '', { forceNew: false }), connect(token, '/admin', { forceNew: false })] as const
      await Promise.all(both.map((guest) => welcome(guest)))
      expect(both[0].socket.io).toBe(both[1].socket.io)
      await subject.publish(millId, { id: 'twice', kg: 1 })
      for (const guest of both) expect(await received(guest, 1)).toEqual([{ id: 'twice', kg: 1 }])
    })

    it('comes back by itself after an end that calls for it, with a token asked for anew', async () => {
      const { userId, millId } = somebody()
      let asked = 0
      const auth: StockOptions['auth'] = (done) => {
        asked += 1
        done({ token: subject.token({ sub: userId, mills: [millId] }) })
      }
      const guest = connect(undefined, '', { auth })
      await welcome(guest)
      await settled(guest, way)
      await subject.endForNow(userId)
      await welcome(guest, 2)
      expect(asked).toBe(2)
      await subject.publish(millId, { id: 'after', kg: 1 })
      expect(await received(guest, 1)).toEqual([{ id: 'after', kg: 1 }])
    })

    it('stays away after an end for good', async () => {
      const { userId } = somebody()
      const guest = connect(subject.token({ sub: userId }))
      await welcome(guest)
      const reason = new Promise<string>((resolve) => void guest.socket.once('disconnect', resolve))
      await subject.endForGood(userId)
      expect(await within(5_000, 'disconnect', reason)).toBe('io server disconnect')
    })

    it('comes back by itself after a restart of the server', async () => {
      const { userId, millId } = somebody()
      const guest = connect(subject.token({ sub: userId, mills: [millId] }))
      await welcome(guest)
      await settled(guest, way)
      await subject.publish(millId, { id: 'before', kg: 1 })
      await received(guest, 1)
      await subject.restart()
      await welcome(guest, 2)
      await subject.publish(millId, { id: 'after', kg: 2 })
      expect((await received(guest, 2)).map(({ id }) => id)).toEqual(['before', 'after'])
    })
  })
}
