import type { Clock, DeliveryClass } from '@millrace/contract'
import type { Envelope } from '../broker/port.ts'
import { type ChannelKey, channelNameOf, tenantOf } from '../channel-key.ts'
import type { OutboxAdmission, OutboxDraft, OutboxEntry, OutboxHandler } from '../outbox/port.ts'
import { storedOf, storeGroup } from './batch.ts'
import {
  integer,
  type OutboxLook,
  type PgEntry,
  type PgMover,
  type PgRow,
  type PgSql,
  type PgTransactor,
  type Stored,
  text,
  textOrNull,
  type UnmovedRow,
} from './port.ts'

export interface MoverOptions {
  readonly clock: Clock
  readonly idempotencyWindowMs: number
}

/** A row of the outbox on its way out. */
interface Waiting {
  readonly xid: string
  readonly seq: number
  readonly idempotencyKey: string | null
  readonly outcome: { readonly entry: OutboxEntry } | { readonly draft: OutboxDraft; readonly code: string; readonly reason: string }
}

// A transaction moves so many rows at most, and so many bytes; one look finds so many rows.
const groupRowsMax = 500
const groupBytesMax = 4_194_304
const lookMax = 20_000

/** Reads what has become visible, and nothing that has moved. */
export const lookStatement = `
  WITH unmoved AS MATERIALIZED (
    SELECT u.xid, u.seq, u.channel, u.checked, u.checked OR $3::boolean AS movable, octet_length(u.json) AS bytes
    FROM millrace.unmoved($1::pg_snapshot) u
    WHERE $2::text[] IS NULL OR u.channel = ANY ($2)
  )
  SELECT pg_current_snapshot()::text AS now, EXISTS (SELECT FROM unmoved u WHERE NOT u.movable) AS held, r.xid::text AS xid, r.seq, r.channel, r.checked, r.bytes
  FROM (SELECT) one LEFT JOIN LATERAL (SELECT * FROM unmoved u WHERE u.movable ORDER BY u.seq LIMIT ${lookMax + 1}) r ON true`

const take = `
  SELECT o.xid::text AS xid, o.seq, o.channel, o.checked, o.delivery, o.event, o.json, o.id, o.time, o.actor_id, o.actor_name, o.key,
    o.except_connection, o.idempotency_key
  FROM unnest($1::text[], $2::bigint[]) AS g(xid, seq) JOIN millrace.outbox o ON o.xid = g.xid::xid8 AND o.seq = g.seq ORDER BY o.seq`

const moveChecked = 'SELECT * FROM millrace.move_checked($1, $2, $3, $4, $5)'

function entryOf(row: PgRow, delivery: DeliveryClass): OutboxEntry {
  const actorId = textOrNull(row.actor_id)
  const actorName = textOrNull(row.actor_name)
  const key = textOrNull(row.key)
  const except = textOrNull(row.except_connection)
  return {
    ...draftOf(row),
    delivery,
    ...(actorId !== null && { actor: actorName === null ? { id: actorId } : { id: actorId, name: actorName } }),
    ...(key !== null && { key }),
    ...(except !== null && { except }),
  }
}

function draftOf(row: PgRow): OutboxDraft {
  return {
    // Holds: only channel keys are written to this column; SQL makes them as `channelKey` does.
    channel: text(row.channel) as ChannelKey,
    event: text(row.event),
    json: text(row.json),
    id: text(row.id),
    time: integer(row.time),
  }
}

function groupsOf(rows: readonly PgRow[]): readonly (readonly UnmovedRow[])[] {
  const groups: UnmovedRow[][] = []
  let bytes = 0
  for (const row of rows) {
    const size = integer(row.bytes)
    const open = groups.at(-1)
    // Holds: only channel keys are written to this column.
    const unmoved = { xid: text(row.xid), seq: integer(row.seq), channel: text(row.channel) as ChannelKey, checked: row.checked === true }
    const fits = open !== undefined && open.length < groupRowsMax && bytes + size <= groupBytesMax
    bytes = fits ? bytes + size : size
    if (fits) open.push(unmoved)
    else groups.push([unmoved])
  }
  return groups
}

/**
 * Moves committed rows of the outbox to where they belong, and hands over what has moved. Any number of movers may be at it, on any node:
 *
 * - A row moves once: its mover holds the lock of its channel, and looks whether the row is there after it has the lock.
 * - What one look finds contains, with a row, every unmoved row that was committed before that row was written, and those have lower numbers:
 *   so a channel's rows moved in the order of seq, look by look, respect the order of commits (OUT2). One that becomes visible later comes later.
 */
export class Mover implements PgMover {
  readonly #options: MoverOptions
  #handler: OutboxHandler | null = null
  #admission: OutboxAdmission | null = null

  constructor(options: MoverOptions) {
    this.#options = options
  }

  listen(handler: OutboxHandler | null, admission: OutboxAdmission | null): void {
    this.#handler = handler
    this.#admission = admission
  }

  async look(sql: PgSql, seen: string | null, channels: readonly ChannelKey[] | null): Promise<OutboxLook> {
    // Known before the statement is planned: in a join it could not lead to an index.
    const since = seen ?? text((await sql.rows('SELECT seen::text AS seen FROM millrace.moved'))[0]?.seen)
    // Where nobody knows the contract, what SQL has written stays for a node that does.
    const rows = await sql.rows(lookStatement, [since, channels, this.#admission !== null])
    const found = rows.filter((row) => row.seq !== null)
    const whole = found.length <= lookMax
    return { groups: groupsOf(found.slice(0, lookMax)), whole, seen: whole && rows[0]?.held === false ? text(rows[0].now) : null }
  }

  async move(on: PgTransactor, group: readonly UnmovedRow[], entries: readonly PgEntry[]): Promise<readonly Stored[]> {
    const channels = [...new Set([...group, ...entries].map(({ channel }) => channel))]
    if (entries.length === 0 && group.every(({ checked }) => checked)) {
      this.#handOver(await this.#moveChecked(on, channels, group))
      return []
    }
    const { moved, stored } = await on.transact(async (sql) => {
      await sql.rows('SELECT millrace.lock_channels($1)', [channels])
      const rows = await sql.rows(take, [group.map(({ xid }) => xid), group.map(({ seq }) => seq)])
      const waiting = rows.map((row) => this.#judge(row))
      const answers = await this.#store(sql, waiting, entries)
      await remove(sql, waiting)
      return { moved: envelopesOf(waiting, answers), stored: answers.slice(answers.length - entries.length) }
    })
    this.#handOver(moved)
    return stored
  }

  /** Where nothing has to be asked in between, the server does it all at once. */
  async #moveChecked(sql: PgSql, channels: readonly ChannelKey[], group: readonly UnmovedRow[]): Promise<readonly Envelope[]> {
    const { clock, idempotencyWindowMs } = this.#options
    const now = clock.now()
    const keys = [group.map(({ xid }) => xid), group.map(({ seq }) => seq)]
    const rows = await sql.rows(moveChecked, [channels, ...keys, now, now - idempotencyWindowMs])
    const waiting = rows.map((row) => this.#judge(row))
    return rows[0] === undefined ? [] : envelopesOf(waiting, storedOf(rows[0], waiting.flatMap(loggedOf)))
  }

  #judge(row: PgRow): Waiting {
    const known = { xid: text(row.xid), seq: integer(row.seq), idempotencyKey: textOrNull(row.idempotency_key) }
    // Holds: the column's constraint allows these alone.
    if (row.checked === true) return { ...known, outcome: { entry: entryOf(row, text(row.delivery) as DeliveryClass) } }
    const draft = draftOf(row)
    const verdict = this.#admission?.(draft) ?? { kind: 'refused', code: 'internal', reason: 'nobody knows the contract' }
    if (verdict.kind === 'refused') return { ...known, outcome: { draft, code: verdict.code, reason: verdict.reason } }
    return { ...known, outcome: { entry: verdict.entry } }
  }

  #store(sql: PgSql, waiting: readonly Waiting[], entries: readonly PgEntry[]): Promise<readonly Stored[]> {
    const { clock, idempotencyWindowMs } = this.#options
    const now = clock.now()
    const group = [...waiting.flatMap(loggedOf), ...entries]
    return group.length === 0 ? Promise.resolve([]) : storeGroup(sql, group, { now, since: now - idempotencyWindowMs })
  }

  #handOver(envelopes: readonly Envelope[]): void {
    if (envelopes.length === 0) return
    try {
      this.#handler?.(envelopes)
    } catch {
      // They are stored: a listener that fails must not fail the appends that committed with them.
    }
  }
}

/** What of a row goes into the log. */
function loggedOf({ outcome, idempotencyKey }: Waiting): readonly PgEntry[] {
  if (!('entry' in outcome) || outcome.entry.delivery === 'volatile') return []
  const { delivery, except: _, ...entry } = outcome.entry
  return [{ ...entry, durable: delivery === 'durable', idempotencyKey: idempotencyKey ?? undefined }]
}

function envelopesOf(waiting: readonly Waiting[], answers: readonly Stored[]): readonly Envelope[] {
  let next = 0
  return waiting.flatMap(({ outcome }) => {
    if (!('entry' in outcome)) return []
    const { entry } = outcome
    if (entry.delivery === 'volatile') return [entry]
    const answer = answers[next++]
    if (answer === undefined || answer.duplicate) return []
    const { epoch, offset, revision } = answer
    return [entry.delivery === 'durable' ? { ...entry, position: { epoch, offset } } : { ...entry, revision }]
  })
}

/** Takes rows out of the outbox; what was refused goes to where an operator finds it. */
async function remove(sql: PgSql, waiting: readonly Waiting[]): Promise<void> {
  if (waiting.length === 0) return
  const parked = waiting.flatMap(({ outcome, idempotencyKey }) => ('draft' in outcome ? [{ ...outcome, idempotencyKey }] : []))
  if (parked.length > 0)
    await sql.rows(
      `INSERT INTO millrace.dead_letters (tenant, channel, event, data, idempotency_key, id, time, code, reason)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[])`,
      [
        parked.map(({ draft }) => tenantOf(draft.channel)),
        parked.map(({ draft }) => channelNameOf(draft.channel)),
        parked.map(({ draft }) => draft.event),
        parked.map(({ draft }) => draft.json),
        parked.map(({ idempotencyKey }) => idempotencyKey),
        parked.map(({ draft }) => draft.id),
        parked.map(({ draft }) => draft.time),
        parked.map(({ code }) => code),
        parked.map(({ reason }) => reason),
      ],
    )
  await sql.rows(
    'DELETE FROM millrace.outbox o USING unnest($1::text[], $2::bigint[]) AS g(xid, seq) WHERE o.xid = g.xid::xid8 AND o.seq = g.seq',
    [waiting.map(({ xid }) => xid), waiting.map(({ seq }) => seq)],
  )
}
