import { channel, defineContract, escapeParam, event } from '@millrace/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { MillraceServer } from '../api.ts'
import { jwt } from '../auth/jwt.ts'
import { localBroker } from '../broker/local.ts'
import type { Envelope } from '../broker/port.ts'
import { createServer } from '../hub.ts'
import { testSecret } from '../testing/mint-token.ts'
import { recordingLogger } from '../testing/recording-logger.ts'
import { newClient, type OpenStore, openStore, postgresIsThere, quick } from './test-subjects.ts'

const Purchase = z.object({ id: z.string(), kg: z.number().positive().default(1) })
const contract = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(Purchase),
        'purchase:checked': event(Purchase.refine(async () => true)),
        stats: event(z.object({ day: z.string(), kg: z.number() }), { delivery: 'retained', key: ({ day }) => day }),
        typing: event(z.object({ who: z.string() }), { delivery: 'volatile' }),
      },
    }),
  },
})

describe.runIf(postgresIsThere)('publishing with SQL', () => {
  let opened: OpenStore
  let rt: MillraceServer<typeof contract>
  const sent: Envelope[] = []
  const logger = recordingLogger()
  let onSent = (): void => undefined

  beforeAll(async () => {
    opened = await openStore(quick)
    const broker = localBroker()
    rt = createServer({
      ...{ contract, logger, store: opened.store },
      tenant: 'acme',
      auth: jwt({ secret: testSecret }),
      policy: {},
      broker: {
        ...broker,
        publish(envelope) {
          sent.push(envelope)
          onSent()
          return broker.publish(envelope)
        },
      },
    })
  })
  afterAll(async () => {
    await rt.close()
    await opened.close()
  })
  beforeEach(() => {
    sent.length = 0
  })

  const mill = contract.channels.mill({ millId: '7' })
  const until = (id: string) =>
    new Promise<Envelope>((resolve) => {
      onSent = () => {
        const found = sent.find((one) => one.id === id)
        if (found !== undefined) resolve(found)
      }
      onSent()
    })
  async function publish(values: readonly unknown[], more = ''): Promise<string> {
    const text = `SELECT millrace.publish(${values.map((_, n) => `$${n + 1}`).join(', ')}${more}) AS id`
    const { rows } = await opened.app.query<{ id: string }>(text, [...values])
    return rows[0]?.id ?? ''
  }
  const created = (id: string) => ['mill:7', 'purchase:created', { id, kg: 5 }] as const

  it('[OUT4] [OUT1] publishes with the transaction, or not at all, and as the contract makes it', async () => {
    const { app } = opened
    await app.query(`BEGIN; SET LOCAL millrace.tenant = 'acme'`)
    const lost = await publish(created('lost'))
    await app.query('ROLLBACK')
    await app.query(`BEGIN; SET LOCAL millrace.tenant = 'acme'`)
    const first = await publish(['mill:7', 'purchase:created', { id: 'p1', more: 'than the schema knows' }])
    await app.query('COMMIT')
    expect(await until(first)).toMatchObject({
      channel: 'acme/mill:7',
      delivery: 'durable',
      json: '{"id":"p1","kg":1}',
      position: { offset: 1 },
    })
    expect(sent.some(({ id }) => id === lost)).toBe(false)
  })

  it('[OUT1] [OUT5] [INB1] publishes, notifies and watches in a transaction of the application, all or nothing', async () => {
    const { app } = opened
    async function buy(id: string, end: 'COMMIT' | 'ROLLBACK') {
      await app.query('BEGIN')
      const published = await rt.publish(mill, 'purchase:created', { id }, { tx: app })
      const notified = await rt.notify({ user: 'asha' }, { type: 'purchase', title: 'T', message: id }, { tx: app })
      const alert = await rt.alerts.observe({ key: `paddy ${id}`, value: 0, minimum: 10, tx: app })
      await app.query(end)
      return { id: published.id, recipients: notified.recipients, severity: alert?.severity }
    }
    const lost = await buy('lost', 'ROLLBACK')
    const kept = await buy('kept', 'COMMIT')
    expect(kept).toMatchObject({ recipients: 1, severity: 'critical' })
    expect(await until(kept.id)).toMatchObject({ event: 'purchase:created', json: '{"id":"kept","kg":1}' })
    expect(sent.some(({ id }) => id === lost.id)).toBe(false)
    expect((await rt.inbox.list('asha')).notifications.map(({ message }) => message)).toEqual(['kept'])
    expect(await rt.alerts.observe({ key: 'paddy kept', value: 0, minimum: 10 })).toBeNull()
    expect(await rt.alerts.observe({ key: 'paddy lost', value: 0, minimum: 10 })).toMatchObject({ severity: 'critical' })
    // Thrown from the call, as on every store.
    expect(() => rt.publish(mill, 'purchase:created', { id: 'x' }, { tx: app })).toThrow(/no open transaction/)
  })

  it('[OUT4] takes the tenant from the argument, the transaction or the database, and asks for one where there is none', async () => {
    const { app, url } = opened
    expect((await until(await publish(created('a'), `, tenant => 'zenith'`))).channel).toBe('zenith/mill:7')
    await expect(publish(created('b'))).rejects.toMatchObject({ message: /no tenant/, hint: /SET LOCAL millrace.tenant/ })
    await app.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET millrace.tenant = 'acme'`)
    const other = await newClient(url)
    const { rows } = await other.query(`SELECT millrace.publish('mill:7', 'purchase:created', '{"id":"c"}') AS id`)
    expect((await until(rows[0].id)).channel).toBe('acme/mill:7')
    await other.end()
    await app.query(`SET millrace.tenant = 'acme'`)
  })

  it('[OUT4] refuses in the transaction what is no channel, no event or too much', async () => {
    for (const [values, problem] of [
      [['$inbox:u1', 'purchase:created', {}], /channel/],
      [['', 'purchase:created', {}], /channel/],
      [[null, 'purchase:created', {}], /channel/],
      [['x'.repeat(257), 'purchase:created', {}], /channel/],
      [['mill:7', '', {}], /event/],
      [['mill:7', 'purchase:created', null], /no data/],
      [['mill:7', 'purchase:created', { text: 'x'.repeat(1_048_576) }], /1048576 is the limit/],
      [['mill:7', 'purchase:created', {}, 'k'.repeat(1_025)], /key/],
    ] as const)
      await expect(publish(values)).rejects.toThrow(problem)
  })

  it('[OUT4] [CON3] parks what the contract refuses, tells of it, and goes on behind it', async () => {
    const { app } = opened
    const parked = [
      await publish(['mill:7', 'no:such:event', { id: 'x' }]),
      await publish(['nowhere', 'purchase:created', { id: 'x' }]),
      await publish(['mill:7', 'purchase:created', { id: 'secret-7', kg: -1 }]),
      await publish(['mill:7', 'purchase:checked', { id: 'x' }]),
      await publish(['mill:7', 'purchase:created', { id: 'x'.repeat(300_000) }]),
      await publish(['mill:7', 'stats', { day: 'x'.repeat(501), kg: 1 }]),
    ]
    const good = await publish(created('good'))
    await until(good)
    const { rows } = await app.query('SELECT id, tenant, channel, event, code, reason FROM millrace.dead_letters ORDER BY seq')
    expect(rows.map(({ id, code }) => [id, code])).toEqual([
      [parked[0], 'unknown_event'],
      [parked[1], 'unknown_channel'],
      [parked[2], 'invalid_payload'],
      [parked[3], 'invalid_payload'],
      [parked[4], 'payload_too_large'],
      [parked[5], 'invalid_payload'],
    ])
    expect(rows[2]).toMatchObject({ tenant: 'acme', channel: 'mill:7', event: 'purchase:created', reason: expect.stringContaining('kg') })
    expect(await rt.metrics()).toContain('millrace_dead_letters_total{code="invalid_payload"} 3')
    const told = logger.lines.filter(({ message }) => message.includes('parked'))
    expect(told).toHaveLength(6)
    expect(JSON.stringify(told)).not.toContain('secret-7')
    expect(sent.filter(({ id }) => parked.includes(id))).toEqual([])
    // What was mended is published again from where it lies.
    const again = await app.query(`
      WITH dead AS (DELETE FROM millrace.dead_letters WHERE id = '${parked[2]}' RETURNING *)
      SELECT millrace.publish(channel, event, jsonb_set(data::jsonb, '{kg}', '9'), tenant => tenant) AS id FROM dead`)
    expect((await until(again.rows[0].id)).json).toBe('{"id":"secret-7","kg":9}')
  })

  it('[LOG4] sends a key once within its window', async () => {
    const first = await publish([...created('k1'), 'order-7'])
    const second = await publish([...created('k2'), 'order-7'])
    const last = await publish(created('k3'))
    const behind = (await until(last)).position?.offset ?? 0
    expect((await until(first)).position?.offset).toBe(behind - 1)
    expect(sent.some(({ id }) => id === second)).toBe(false)
  })

  it('[OUT4] knows retained and volatile events by the contract', async () => {
    const [today, typing] = [
      await publish(['mill:7', 'stats', { day: 'mon', kg: 3 }]),
      await publish(['mill:7', 'typing', { who: 'asha' }]),
    ]
    expect(await until(today)).toMatchObject({ delivery: 'retained', key: 'mon' })
    expect(await until(typing)).toMatchObject({ delivery: 'volatile' })
    // Holds: written by the contract's own pattern.
    const kept = await opened.store.log.retained('acme/mill:7' as Parameters<typeof opened.store.log.retained>[0])
    expect(kept.map(({ id, key }) => [id, key])).toEqual([[today, 'mon']])
  })

  it('[OUT2] is behind what has committed before, and before what is published after', async () => {
    for (let round = 0; round < 10; round += 1) {
      const before = await rt.publish(mill, 'purchase:created', { id: 'before' })
      const id = await publish(created(`round ${round}`))
      const after = await rt.publish(mill, 'purchase:created', { id: 'after' })
      const offset = (await until(id)).position?.offset ?? 0
      expect([before.position?.offset, after.position?.offset]).toEqual([offset - 1, offset + 1])
    }
  })

  it('[OUT4] needs the right to call it and no right to any table', async () => {
    const { app, url } = opened
    const role = `writer_${new URL(url).pathname.slice(1)}`
    await app.query(`CREATE ROLE ${role}`)
    try {
      await app.query(`GRANT USAGE ON SCHEMA millrace TO ${role}; SET ROLE ${role}`)
      await expect(publish(created('r'))).rejects.toThrow(/permission denied/)
      await app.query(`RESET ROLE; GRANT EXECUTE ON FUNCTION millrace.publish TO ${role}; SET ROLE ${role}`)
      await until(await publish(created('r')))
      await expect(app.query('SELECT * FROM millrace.outbox')).rejects.toThrow(/permission denied/)
    } finally {
      await app.query(`RESET ROLE; DROP OWNED BY ${role}; DROP ROLE ${role}`)
    }
  })

  it('[TEN2] escapes a tenant as channel keys do, whatever it is called', async () => {
    const name = fc.string({ unit: 'binary', maxLength: 12 }).filter((value) => !value.includes('\0'))
    const names = [...fc.sample(name, { seed: 9, numRuns: 500 }), 'a/b', 'a%002fb', '%', '\u2028|\\?#*{$}']
    const { rows } = await opened.app.query(
      'SELECT array_agg(millrace.escape_param(n) ORDER BY place) AS escaped FROM unnest($1::text[]) WITH ORDINALITY AS t(n, place)',
      [names],
    )
    expect(rows[0].escaped).toEqual(names.map(escapeParam))
  })
})
