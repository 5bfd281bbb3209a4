import { type ChannelName, MillraceError } from '@millrace/contract'
import { manualClock } from '@millrace/contract/testing'
import { expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import type { PgNotification, PgRow, PgSession } from '../postgres/port.ts'
import type { Envelope } from './port.ts'
import { PostgresBroker } from './postgres-broker.ts'
import { bucketOf } from './postgres-interest.ts'

// Holds: written as a pattern would format it.
const key = (name: string) => channelKey('acme', name as ChannelName)
const mill = key('mill:1')
const envelope: Envelope = { channel: mill, delivery: 'volatile', event: 'noted', json: '{}', id: 'a', time: 1 }

/** One server, whose answers the test may hold back or spoil. */
function subject() {
  const clock = manualClock()
  const sessions: { listening: Set<string>; lose: () => void; heard: (notification: PgNotification) => void }[] = []
  const faults = { notify: null as Error | null, listen: null as Error | null, afterListen: () => {} }
  const database = {
    rows: () => Promise.reject(new Error('not used')),
    transact: () => Promise.reject(new Error('not used')),
    async connect(onLost: () => void): Promise<PgSession> {
      const own = { listening: new Set<string>(), lose: onLost, heard: (_: PgNotification) => {} }
      sessions.push(own)
      return {
        transact: () => Promise.reject(new Error('not used')),
        async rows(_, values = []): Promise<readonly PgRow[]> {
          if (faults.notify !== null && Array.isArray(values[0])) throw faults.notify
          const [channels, payloads] = values.map((value) => (Array.isArray(value) ? value.map(String) : [String(value)]))
          for (const [index, channel] of (channels ?? []).entries())
            for (const { listening, heard } of sessions)
              if (listening.has(channel)) heard({ channel, payload: payloads?.[index] ?? '', sender: 1 })
          return []
        },
        onNotification(run) {
          own.heard = run
        },
        async run(text) {
          if (faults.listen !== null) throw faults.listen
          for (const [, how, name = ''] of text.matchAll(/(UNLISTEN|LISTEN) (\w+)/g))
            if (how === 'LISTEN') own.listening.add(name)
            else own.listening.delete(name)
          if (text.includes(bucketOf(mill))) faults.afterListen()
        },
        release: () => void own.listening.clear(),
      }
    },
    close: async () => {},
  }
  const broker = new PostgresBroker({
    ...{ database, clock, random: () => 1, nextTurn: (run) => void Promise.resolve().then(run) },
    ...{ checkChannel: 'millrace_check_1', maxWaiting: 100, maxWaitingBytes: 1_000_000 },
  })
  return { broker, clock, sessions, faults }
}

it('[BP4] says `unavailable` for a full queue, and for whatever else PostgreSQL has against a notification', async () => {
  const { broker, faults } = subject()
  await broker.open()
  // What a store makes of SQLSTATE 54000.
  faults.notify = new MillraceError('invalid_payload', 'too many notifications in the NOTIFY queue')
  await expect(broker.publish(envelope)).rejects.toMatchObject({ code: 'unavailable', retry: true })
  faults.notify = null
  await broker.publish(envelope)
  await broker.close()
})

it('[CHN3] makes another connection where one does not take a subscription', async () => {
  const { broker, clock, sessions, faults } = subject()
  let restored = 0
  broker.listen(
    () => {},
    () => (restored += 1),
  )
  await broker.open()
  faults.listen = new MillraceError('unavailable', 'out of memory')
  await broker.subscribe(mill)
  faults.listen = null
  await clock.advance(100)
  expect(restored).toBe(1)
  expect(sessions.at(-1)?.listening).toContain(bucketOf(mill))
  await broker.close()
})

it('[CHN3] has in force, when it says that it is back, whatever it has said is subscribed', async () => {
  const late = key('mill:2')
  // As many turns after the last statement as a promise takes to be heard of, and some more.
  for (let turns = 0; turns < 8; turns += 1) {
    const { broker, clock, sessions, faults } = subject()
    const seen: (readonly [what: 'told' | 'restored', inForce: boolean])[] = []
    const note = (what: 'told' | 'restored') => seen.push([what, sessions.at(-1)?.listening.has(bucketOf(late)) ?? false])
    broker.listen(
      () => {},
      () => note('restored'),
    )
    await broker.open()
    await broker.subscribe(mill)
    faults.afterListen = () => {
      faults.afterListen = () => {}
      let soon = Promise.resolve()
      for (let turn = 0; turn < turns; turn += 1) soon = soon.then(() => {})
      void soon.then(() => broker.subscribe(late)).then(() => note('told'))
    }
    sessions[0]?.lose()
    await clock.advance(0)
    await clock.advance(0)
    // In force when it says so, or else when it says that it is back.
    expect([turns, seen.map(([what]) => what).sort(), seen.at(-1)?.[1]]).toEqual([turns, ['restored', 'told'], true])
    await broker.close()
  }
})
