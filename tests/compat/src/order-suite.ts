import { burstLabel, sumOf, within } from '@millrace-tests/support'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type StockClient, type StockOptions, type StockSocket, upgradeNow, type Way } from './clients.ts'
import { ask, connectGuest, type Guest, settled, welcome } from './guest.ts'
import type { StartSubject, Subject, SubjectOptions } from './subject.ts'

const millId = 'order'

/** What was sent to one stock client arrives in that order, whatever it was and whatever the transport does meanwhile. */
export function describeOrder(client: StockClient, way: Way, start: StartSubject, { compression = false }: SubjectOptions = {}): void {
  describe(`order at socket.io-client ${client.version} over ${way}${compression ? ', compressed' : ''}`, () => {
    let subject: Subject
    const open: StockSocket[] = []

    beforeAll(async () => {
      subject = await start({ compression })
    })
    afterAll(() => subject.close())
    afterEach(() => {
      for (const socket of open.splice(0)) socket.disconnect()
    })

    async function join(options: StockOptions = {}): Promise<Guest> {
      const token = subject.token({ sub: 'asha', mills: [millId] })
      const guest = connectGuest({ client, way, url: subject.url, token, ...options })
      open.push(guest.socket)
      await welcome(guest)
      return guest
    }
    /** Asks for a burst; answers the labels of what it sends, the ack's last. */
    async function burst(guest: Guest, heard: string[], name: string, count: number): Promise<string[]> {
      const reply = await ask(guest, 'burst', { millId, name, count }, () => heard.push(`${name} answered`))
      // Holds: this is how the subject answers.
      const { sent } = (reply as { data: { sent: number } }).data
      return [...Array.from({ length: sent }, (_, n) => `${name} ${n}`), `${name} answered`]
    }
    /** Labels of what comes, as it comes. */
    function labelsOf(guest: Guest): string[] {
      const heard: string[] = []
      guest.heard.each(({ event, args: [data] }) => {
        const label = burstLabel(event, data)
        if (label !== undefined) heard.push(label)
      })
      return heard
    }
    const partOf = (heard: readonly string[], name: string) => heard.filter((label) => label.startsWith(`${name} `))

    it('[DLV4] is that of sending, for direct messages, publications and acks that come between each other', async () => {
      const guest = await join()
      await settled(guest, way)
      const extensions = guest.socket.io.engine.transport.ws?.extensions ?? ''
      expect(extensions.includes('permessage-deflate')).toBe(compression)
      const heard = labelsOf(guest)
      const names = Array.from({ length: 20 }, (_, index) => `burst-${index}`)
      const sent = await Promise.all(names.map((name) => burst(guest, heard, name, 40)))
      for (const [index, name] of names.entries()) expect(partOf(heard, name)).toEqual(sent[index])
      expect(heard).toHaveLength(sent.flat().length)
    })

    if (way === 'upgrade')
      it('[DLV4] is that of sending while the transport is upgraded', async () => {
        const guest = await join({ upgrade: false })
        const { engine } = guest.socket.io
        const heard = labelsOf(guest)
        const upgraded = new Promise<number>((resolve) => void engine.once('upgrade', () => resolve(heard.length)))
        const long = burst(guest, heard, 'long', 5_000)
        await guest.heard.find(({ event }) => event === 'scale:moved')
        expect(engine.transport.name).toBe('polling')
        upgradeNow(guest.socket)
        const heardBefore = await within(10_000, 'upgrade', upgraded)
        guest.socket.emit('stop', { name: 'long' })
        const sent = await long
        expect(heard).toEqual(sent)
        // It was in progress while they were sent.
        expect(heardBefore).toBeGreaterThan(0)
        expect(heardBefore).toBeLessThan(sent.length - 1)
        expect(sent.length).toBeLessThan(5_000)
      })

    it('[DLV4] holds for what it sends, too: binary attachments arrive whole, and are answered in order', async () => {
      const guest = await join()
      const order: string[] = []
      const uploads = Array.from({ length: 20 }, (_, n) => ({ name: `upload-${n}`, bytes: Buffer.alloc(n * n * 40, n + 1) }))
      const answers = await Promise.all(
        uploads.map(async (upload, n) => {
          const text = `${n} ${'x'.repeat(n * 200)}`
          const echo = ask(guest, 'echo', { text })
          const answer = await ask(guest, 'upload', upload, () => order.push(upload.name))
          expect(await echo).toEqual({ ok: true, data: { text, userId: 'asha' } })
          return answer
        }),
      )
      expect(answers).toEqual(uploads.map(({ name, bytes }) => ({ ok: true, data: { name, length: bytes.length, sum: sumOf(bytes) } })))
      expect(order).toEqual(uploads.map(({ name }) => name))
    })
  })
}
