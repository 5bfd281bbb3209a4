import { burstLabel, within } from '@millrace-tests/support'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Subject } from '../subject.ts'
import { type PythonClient, type PythonOptions, startPythonClient } from './python-client.ts'

/** python-engineio hangs up on a poll with more than 16 packets, whichever server it comes from. */
const packetsPerPoll = 10

const kgOf = ({ args: [data] }: { args: readonly unknown[] }) => (data as { kg?: number }).kg ?? -1

/** What Debian's python-socketio sees. */
export function describePythonClient(
  mode: PythonOptions['mode'],
  way: 'polling' | 'websocket' | 'upgrade',
  start: () => Promise<Subject>,
): void {
  describe(`python-socketio, ${mode} client over ${way}`, () => {
    let subject: Subject
    const open: PythonClient[] = []

    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.close())
    afterEach(() => {
      for (const client of open.splice(0)) client.kill()
    })

    function connect(token: string, namespace = '/'): PythonClient {
      const client = startPythonClient({ mode, url: subject.url, token, namespace, transports: way === 'upgrade' ? null : [way] })
      open.push(client)
      return client
    }
    const hears = (client: PythonClient, event: string) =>
      within(
        10_000,
        event,
        client.heard.find((item) => item.event === event),
      )

    it('[DLV2] connects with auth.token, hears its events with one argument each, in order and once', async () => {
      const client = connect(subject.token({ sub: 'asha', mills: ['7'] }))
      await hears(client, 'connected')
      const sent = Array.from({ length: 100 }, (_, index) => ({ id: `ধান ${index} 🌾`, kg: index }))
      for (const [index, purchase] of sent.entries()) {
        await subject.publish('7', purchase)
        if ((index + 1) % packetsPerPoll === 0) await within(10_000, `${index + 1} events`, client.heard.count(index + 3))
      }
      const heard = client.heard.all.filter(({ event }) => !event.startsWith('#'))
      // The sync client calls each handler on a thread of its own: the order in which they run is not the server's.
      if (mode === 'sync') heard.sort((a, b) => kgOf(a) - kgOf(b))
      expect(heard).toEqual([
        { event: 'connected', args: [{ userId: 'asha', message: 'welcome' }] },
        ...sent.map((purchase) => ({ event: 'purchase:created', args: [purchase] })),
      ])
      client.command({ do: 'transport' })
      expect((await hears(client, '#transport')).args).toEqual([way === 'polling' ? 'polling' : 'websocket'])
      const { code, errors } = await client.quit()
      expect(code).toBe(0)
      expect(errors).not.toContain('Traceback')
    })

    it('[DLV4] hears direct messages, publications and acks in the order in which they were sent', async () => {
      const client = connect(subject.token({ sub: 'asha', mills: ['6'] }))
      await hears(client, 'connected')
      const expected: string[] = []
      for (let round = 0; round < 8; round++) {
        const name = `burst-${round}`
        client.command({ do: 'call', event: 'burst', data: { millId: '6', name, count: packetsPerPoll - 1 } })
        expected.push(...Array.from({ length: packetsPerPoll - 1 }, (_, n) => `${name} ${n}`), `${round + 1} answered`)
        await within(10_000, name, client.heard.count(2 + expected.length))
      }
      let answers = 0
      const heard = client.heard.all.flatMap(({ event, args: [data] }) =>
        event === '#ack' ? `${++answers} answered` : (burstLabel(event, data) ?? []),
      )
      // The sync client calls each handler on a thread of its own.
      if (mode === 'sync') expect(heard.toSorted()).toEqual(expected.toSorted())
      else expect(heard).toEqual(expected)
    })

    it('[AUTH1] is refused with a code', async () => {
      const client = connect('garbage')
      const { args } = await hears(client, '#connect_error')
      expect(args[0]).toMatchObject({ data: { code: 'auth_invalid' } })
    })

    it('gets answers as ack and as event', async () => {
      const client = connect(subject.token({ sub: 'asha' }))
      await hears(client, 'connected')
      client.command({ do: 'call', event: 'echo', data: { text: 'hello' } })
      expect((await hears(client, '#ack')).args).toEqual([{ ok: true, data: { text: 'hello', userId: 'asha' } }])
      client.command({ do: 'emit', event: 'echo', data: { text: 'again' } })
      expect((await hears(client, 'echo:reply')).args).toEqual([{ text: 'again', userId: 'asha' }])
    })

    it('uses a namespace of its own', async () => {
      const client = connect(subject.token({ sub: 'asha', roles: ['ADMIN'], mills: ['8'] }), '/admin')
      await hears(client, 'connected')
      await subject.publish('8', { id: 'in-admin', kg: 1 })
      expect((await hears(client, 'purchase:created')).args).toEqual([{ id: 'in-admin', kg: 1 }])
    })

    it('comes back by itself after a restart of the server', async () => {
      const client = connect(subject.token({ sub: 'asha', mills: ['9'] }))
      await hears(client, 'connected')
      await subject.restart()
      const welcomes = () => client.heard.all.filter(({ event }) => event === 'connected').length
      if (welcomes() < 2)
        await within(
          15_000,
          'second welcome',
          client.heard.find(() => welcomes() >= 2),
        )
      await subject.publish('9', { id: 'after', kg: 1 })
      expect((await hears(client, 'purchase:created')).args).toEqual([{ id: 'after', kg: 1 }])
    })
  })
}
