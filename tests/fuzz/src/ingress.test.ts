import { randomUUID } from 'node:crypto'
import { errors, refusals } from '@millrace/contract'
import {
  canStartPostgres,
  eventually,
  openTestRabbit,
  type PrivatePostgres,
  seededRandom,
  seedFromEnvironment,
  startPrivatePostgres,
} from '@millrace-tests/support'
import { type ChannelModel, connect } from 'amqplib'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenApiRequest, hostileApiRequest } from './attacks/api.ts'
import { hostileQueueMessage } from './attacks/queue.ts'
import { forbiddenStatements, hostileSqlPublication } from './attacks/sql.ts'
import { rawHttp } from './raw-http.ts'
import { wiretap } from './wiretap.ts'
import { type Canaries, plantCanaries } from './yard/canaries.ts'
import { apiKeys, type IngressYard, openIngressYard } from './yard/ingress-yard.ts'
import { people } from './yard/people.ts'
import { startWitness, type Witness } from './yard/witness.ts'

if (!canStartPostgres && process.env.CI === 'true') throw new Error('no initdb and postgres here: install PostgreSQL 14 or newer')

const rabbit = await openTestRabbit()
if (rabbit === null && process.env.CI === 'true') throw new Error('no RabbitMQ here: install rabbitmq-server')

const seed = seedFromEnvironment('FUZZ_SEED')
const rounds = Number(process.env.FUZZ_ROUNDS ?? 160) * 4
const codes = new Set([...Object.keys(errors), ...Object.keys(refusals), 'method_not_allowed', 'unsupported_media_type'])

describe.runIf(canStartPostgres)(`hostile programs (run again with FUZZ_SEED=${seed})`, () => {
  const random = seededRandom(seed)
  const queue = `millrace-fuzz-${randomUUID()}`
  let postgres: PrivatePostgres
  let yard: IngressYard
  let canaries: Canaries
  let witnesses: Witness[]
  let amqp: ChannelModel | null

  beforeAll(async () => {
    postgres = await startPrivatePostgres()
    amqp = rabbit && (await connect(rabbit.url))
    yard = await openIngressYard({ postgres, rabbit, queue })
    canaries = await plantCanaries(yard, String(seed))
    witnesses = await Promise.all([startWitness(yard, people.witness), startWitness(yard, people.otherWitness)])
  })
  afterAll(async () => {
    for (const witness of witnesses) witness.close()
    canaries.close()
    await yard.close()
    if (amqp !== null) {
      const channel = await amqp.createChannel()
      for (const name of [queue, `${queue}.dead`]) await channel.deleteQueue(name)
      await channel.deleteExchange(`${queue}.dead`)
      await amqp.close()
    }
    await rabbit?.[Symbol.asyncDispose]()
    await postgres[Symbol.asyncDispose]()
  })

  /** What nobody outside of Bela's tenant may change: inbox, log, presence, and the connection that it comes from. */
  async function ofOther() {
    const [, bela] = (await canaries.untouched()) as readonly unknown[]
    const { unread, revision } = await yard.rt.inbox.count('bela', { tenant: 'other' })
    const ref = yard.rt.contract.channels.mill({ millId: '7' })
    return { bela, unread, revision, members: await yard.rt.presence.members(ref, { tenant: 'other' }) }
  }

  /** Attacks while witnesses of both tenants go on, and sees that the other tenant notices nothing. */
  async function besiege(attack: () => Promise<void>): Promise<void> {
    const before = await ofOther()
    let attacking = true
    const done = attack().finally(() => {
      attacking = false
    })
    // Awaited below, when the witnesses are done with their turn.
    done.catch(() => undefined)
    do await Promise.all([...witnesses.map((witness) => witness.exchange()), canaries.sing()])
    while (attacking)
    await done
    expect(witnesses.flatMap(({ complaints }) => complaints)).toEqual([])
    expect(await ofOther()).toEqual(before)
  }

  const failures = () => yard.logger.lines.filter(({ level }) => level === 'error')

  it('[TEN2] lets a key of the other tenant read the canary of its inbox, so that a leak would be seen', async () => {
    const response = await fetch(`${yard.url}/v1/users/bela/inbox`, { headers: { authorization: `Bearer ${apiKeys.other}` } })
    const tap = wiretap(canaries.ofBela)
    tap.add(await response.text())
    expect(tap.found).toHaveLength(1)
    expect((await ofOther()).members).toMatchObject([{ userId: 'bela', connections: 1 }])
  })

  it('[TEN2] [ING2] answers a key of one tenant nothing of another, whatever it asks for, and refuses with a code', async () => {
    const tap = wiretap(canaries.ofBela)
    const statuses = new Map<number, number>()
    await besiege(async () => {
      for (let round = 0; round < rounds; round++) {
        const { method, path, headers, body } = hostileApiRequest(random, canaries.targets)
        const response = await fetch(`${yard.url}${path}`, {
          method,
          headers: { authorization: `Bearer ${apiKeys.acme}`, 'content-type': 'application/json', ...headers },
          ...(body !== undefined && { body }),
        })
        const text = await response.text()
        tap.add(text)
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        if (response.ok) continue
        const problem = JSON.parse(text) as { code: string }
        expect(codes, `${method} ${path} ${body?.slice(0, 300)}: ${text}`).toContain(problem.code)
        expect(problem.code, `${method} ${path} ${body?.slice(0, 300)}`).not.toBe('internal')
      }
    })
    expect(tap.found).toEqual([])
    expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([200, 204, 400, 403, 404]))
    expect(failures()).toEqual([])
  })

  it('[BP4] [ING4] survives requests that are none, and goes on', async () => {
    const tap = wiretap(canaries.ofBela)
    await besiege(async () => {
      for (let round = 0; round < rounds / 8; round++)
        await Promise.all(
          Array.from({ length: 8 }, () => rawHttp(brokenApiRequest(random.fork(), apiKeys.acme), { port: yard.port, tap, listenMs: 40 })),
        )
    })
    expect(tap.bytes).toBeGreaterThan(0)
    expect(tap.found).toEqual([])
    expect(failures()).toEqual([])
  })

  it('[TEN2] [ING6] publishes nothing in another tenant, whatever lies in the queue, and parks what it refuses', async () => {
    if (amqp === null) return
    const { ingress } = yard
    const channel = await amqp.createConfirmChannel()
    await besiege(async () => {
      for (let round = 0; round < rounds; round++) {
        const { content, options } = hostileQueueMessage(random, canaries.targets)
        channel.sendToQueue(queue, content, options)
        if (round % 50 === 0) await channel.waitForConfirms()
      }
      await channel.waitForConfirms()
      const done = () => (ingress?.status().published ?? 0) + (ingress?.status().parked ?? 0)
      await eventually('every message is published or parked', () => done() === rounds, { ms: 60_000, describe: () => ingress?.status() })
    })
    expect(await ingress?.parked()).toBe(ingress?.status().parked)
    const reasons = new Set<string>()
    for (;;) {
      const message = await channel.get(`${queue}.dead`, { noAck: true })
      if (message === false) break
      reasons.add(String(message.properties.headers?.['millrace-code']))
    }
    expect([...reasons].filter((code) => code !== 'poison' && (!codes.has(code) || code === 'internal'))).toEqual([])
    expect(reasons.size).toBeGreaterThan(3)
    expect(failures()).toEqual([])
    await channel.close()
  })

  it('[TEN2] [OUT4] reaches no other tenant by SQL, whatever the names are, and a role that publishes reads nothing', async () => {
    const owner = new Client({ connectionString: postgres.url })
    await owner.connect()
    await owner.query("CREATE ROLE mallory LOGIN; ALTER ROLE mallory SET millrace.tenant = 'acme'")
    await owner.query('GRANT USAGE ON SCHEMA millrace TO mallory; GRANT EXECUTE ON FUNCTION millrace.publish TO mallory')
    const url = new URL(postgres.url)
    url.username = 'mallory'
    const mallory = new Client({ connectionString: url.href })
    await mallory.connect()
    // They break off with the server, where a case fails.
    for (const client of [owner, mallory]) client.on('error', () => undefined)
    const refused = new Set<string>()
    const published: string[] = []
    await besiege(async () => {
      for (let round = 0; round < rounds; round++)
        try {
          const { rows } = await mallory.query<{ id: string }>('SELECT millrace.publish($1, $2, $3::jsonb, $4, $5) AS id', [
            ...hostileSqlPublication(random, canaries.targets),
          ])
          published.push(rows[0]?.id ?? '')
        } catch (error) {
          // Holds: pg's errors carry the SQLSTATE.
          refused.add((error as { code: string }).code)
        }
      await eventually('all of it has left the outbox', async () => (await owner.query('SELECT FROM millrace.outbox')).rowCount === 0, {
        ms: 30_000,
      })
    })
    expect(published.length).toBeGreaterThan(0)
    expect([...refused].filter((code) => !/^(22...|54000)$/.test(code))).toEqual([])
    for (const statement of forbiddenStatements) await expect(mallory.query(statement), statement).rejects.toMatchObject({ code: '42501' })
    const { rows } = await owner.query<{ code: string }>('SELECT DISTINCT code FROM millrace.dead_letters')
    expect(rows.map(({ code }) => code).filter((code) => !codes.has(code) || code === 'internal')).toEqual([])
    await Promise.all([mallory.end(), owner.end()])
  })
})
