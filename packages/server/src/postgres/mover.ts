import type { Clock, DeliveryClass } from '@millrace/contract'
import { type ChannelKey, channelNameOf, tenantOf } from '../channel-key.ts'
import type { OutboxAdmission, OutboxDraft, OutboxEntry, OutboxHandler } from '../outbox/port.ts'
import { storeGroup } from './batch.ts'
import { integer, type PgEntry, type PgMover, type PgRow, type PgSql, type PgTransactor, type Stored, text, textOrNull } from './port.ts'

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

// A transaction moves so many rows at most, and stops behind so many characters of payload.
const rowsMax = 500
const charactersMax = 4_194_304

// In one snapshot, in the order of seq. What a transaction wrote after another had committed has a higher seq, and is visible only where
// the other's rows are: so the order of seq respects the order of commits, and a row that becomes visible later comes later (OUT2).
const take = `
  SELECT w.* FROM (
    SELECT v.*, count(*) OVER () AS visible, sum(length(v.json)) OVER (ORDER BY v.seq) - length(v.json) AS before FROM (
      SELECT u.xid::text AS xid, u.seq, u.channel, u.checked, u.delivery, u.event, u.json, u.id, u.time, u.actor_id, u.actor_name, u.key,
        u.except_connection, u.idempotency_key
      FROM (SELECT coalesce($2::pg_snapshot, m.seen) AS seen FROM millrace.moved m) s, LATERAL millrace.unmoved(s.seen) u
      WHERE u.channel = ANY ($1::text[]) AND (u.checked OR $3::boolean) ORDER BY u.seq LIMIT ${rowsMax + 1}
    ) v
  ) w WHERE w.before < ${charactersMax} ORDER BY w.seq LIMIT ${rowsMax}`

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

/** Moves committed rows of the outbox to where they belong, and hands over what has moved. */
export class Mover implements PgMover {
  readonly #options: MoverOptions
  #handler: OutboxHandler | null = null
  #admission: OutboxAdmission | null = null

  constructor(options: MoverOptions) {
    this.#options = options
  }

  /** Whether rows that SQL wrote can be judged here. Where they cannot, they stay for a node that knows the contract. */
  get admits(): boolean {
    return this.#admission !== null
  }

  listen(handler: OutboxHandler | null, admission: OutboxAdmission | null): void {
    this.#handler = handler
    this.#admission = admission
  }

  async move(on: PgTransactor, channels: readonly ChannelKey[], seen: string | null, entries: readonly PgEntry[]) {
    const { more, moved, stored } = await on.transact(async (sql) => {
      await sql.rows('SELECT millrace.lock_channels($1)', [channels])
      const rows = await sql.rows(take, [channels, seen, this.admits])
      const left = rows.length > 0 && integer(rows[0]?.visible) > rows.length
      const waiting = rows.map((row) => this.#judge(row))
      const answers = await this.#store(sql, waiting, left ? [] : entries)
      await remove(sql, waiting)
      return { more: left, moved: envelopesOf(waiting, answers), stored: answers.slice(answers.length - entries.length) }
    })
    this.#handOver(moved)
    return more ? ({ more } as const) : ({ more, stored } as const)
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
    const moved: PgEntry[] = []
    for (const { outcome, idempotencyKey } of waiting) {
      if (!('entry' in outcome) || outcome.entry.delivery === 'volatile') continue
      const { delivery, except: _, ...entry } = outcome.entry
      moved.push({ ...entry, durable: delivery === 'durable', idempotencyKey: idempotencyKey ?? undefined })
    }
    const group = [...moved, ...entries]
    return group.length === 0 ? Promise.resolve([]) : storeGroup(sql, group, { now, since: now - idempotencyWindowMs })
  }

  #handOver(envelopes: Parameters<OutboxHandler>[0]): void {
    if (envelopes.length === 0) return
    try {
      this.#handler?.(envelopes)
    } catch {
      // They are stored: a listener that fails must not fail the appends that committed with them.
    }
  }
}

function envelopesOf(waiting: readonly Waiting[], answers: readonly Stored[]): Parameters<OutboxHandler>[0] {
  let next = 0
  return waiting.flatMap(({ outcome }) => {
    if (!('entry' in outcome)) return []
    const { entry } = outcome
    if (entry.delivery === 'volatile') return [entry]
    const answer = answers[next++]
    if (answer === undefined || answer.duplicate) return []
    return [entry.delivery === 'durable' ? { ...entry, position: { epoch: answer.epoch, offset: answer.offset } } : entry]
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
