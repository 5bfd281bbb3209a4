import type { Clock } from '@millrace/contract'
import type { NewNotification, UserInboxChange } from '../inbox/port.ts'
import type { OutboxEntry } from '../outbox/port.ts'
import { integer, type Sql, type SqlRow, type SqlStore, type SqlTransactions, text } from '../sqlite/port.ts'
import {
  dueAtOf,
  isFinal,
  type Job,
  type JobChange,
  type JobDecision,
  type JobEffects,
  type JobStore,
  jobPageMax,
  type NewJob,
} from './port.ts'
import { jobOf, recordOf } from './record.ts'
import { unknownCursor } from './unknown-cursor.ts'

export interface SqliteJobsOptions {
  readonly store: SqlStore
  readonly transactions: SqlTransactions
  readonly clock: Clock
  /** Put entries and notifications into tables, on the connection of the job's own change. */
  readonly putEntries: (sql: Sql, entries: readonly OutboxEntry[]) => void
  readonly addNotification: (sql: Sql, tenant: string, userId: string, notification: NewNotification) => readonly UserInboxChange[]
  /** Throws for a payload that the log would refuse. */
  readonly assertFits: (json: string) => void
}

const trimmedAtOnce = 500

const jobFrom = (row: SqlRow | undefined): Job | null =>
  row === undefined ? null : jobOf({ input: text(row.input), record: text(row.record) })

/** Jobs in a SQLite table. Several processes of one machine may share it. */
export function sqliteJobs({ store, transactions, clock, putEntries, addNotification, assertFits }: SqliteJobsOptions): JobStore {
  const find = (sql: Sql, id: string): Job | null => jobFrom(sql.get('SELECT input, record FROM millrace_jobs WHERE id = ?', id))

  function tell(sql: Sql, job: Job, { entries, notice }: JobEffects): void {
    const changes = notice === undefined ? [] : addNotification(sql, job.tenant, notice.userId, notice.notification).map(notice.entryOf)
    putEntries(sql, [...entries, ...changes])
  }
  function add(sql: Sql, { job, dedupeKey, ...effects }: NewJob): Job {
    const { input, record } = recordOf(job)
    for (const json of [input, record]) assertFits(json)
    const added = sql.run(
      `INSERT INTO millrace_jobs (id, tenant, type, dedupe_key, actor_id, state, due_at, input, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (tenant, type, dedupe_key) DO NOTHING`,
      job.id,
      job.tenant,
      job.type,
      dedupeKey ?? null,
      job.actor?.id ?? null,
      job.state,
      job.dueAt || clock.now(),
      input,
      record,
    )
    if (added === 1) tell(sql, job, effects)
    const first = 'SELECT input, record FROM millrace_jobs WHERE tenant = ? AND type = ? AND dedupe_key = ?'
    return (
      (added === 1 || dedupeKey === undefined ? null : jobFrom(sql.get(first, job.tenant, job.type, dedupeKey))) ?? jobOf({ input, record })
    )
  }
  function carryOut<T>(sql: Sql, { answer, write }: JobChange<T>): T {
    if (write === undefined) return answer
    const { record } = recordOf(write.job)
    assertFits(record)
    sql.run(
      'UPDATE millrace_jobs SET state = ?, due_at = ?, finished_at = ?, record = ? WHERE id = ?',
      write.job.state,
      dueAtOf(write.job),
      isFinal(write.job) ? write.job.finishedAt : null,
      record,
      write.job.id,
    )
    tell(sql, write.job, write)
    return answer
  }
  const change = <T>(sql: Sql, id: string, decide: JobDecision<Job | null, T>): T => carryOut(sql, decide(find(sql, id), clock.now()))

  return {
    add: (given) => store.write((sql) => add(sql, given)),
    addWithin: (tx, given) => add(transactions.within(tx), given),
    change: (id, decide) => store.write((sql) => change(sql, id, decide)),
    changeWithin: (tx, id, decide) => change(transactions.within(tx), id, decide),
    changeDue(type, state, decide) {
      const due = 'SELECT input, record FROM millrace_jobs WHERE type = ? AND state = ? AND due_at <= ? ORDER BY due_at, seq LIMIT 1'
      const look = (sql: Sql, now: number) => jobFrom(sql.get(due, type, state, now))
      // Who waits for work looks often, and finds none: a look takes no lock.
      return store
        .read((sql) => look(sql, clock.now()), { single: true })
        .then((there) => {
          if (there === null) return null
          return store.write((sql) => {
            const now = clock.now()
            const job = look(sql, now)
            return job === null ? null : carryOut(sql, decide(job, now))
          })
        })
    },
    get: (id) => store.read((sql) => find(sql, id), { single: true }),
    list: (tenant, { type, state, actor, before, limit }) =>
      store.read((sql) => {
        const place =
          before === undefined ? undefined : sql.get('SELECT seq FROM millrace_jobs WHERE id = ? AND tenant = ?', before, tenant)
        if (before !== undefined && place === undefined) throw unknownCursor()
        const values = [type, state, actor].filter((value) => value !== undefined)
        // Eight texts at most: each is prepared once.
        const filter = `${type === undefined ? '' : ' AND type = ?'}${state === undefined ? '' : ' AND state = ?'}${actor === undefined ? '' : ' AND actor_id = ?'}`
        const rows = sql.all(
          `SELECT input, record FROM millrace_jobs WHERE tenant = ? AND seq < ?${filter} ORDER BY seq DESC LIMIT ?`,
          tenant,
          place === undefined ? Number.MAX_SAFE_INTEGER : integer(place.seq),
          ...values,
          Math.max(1, Math.min(limit, jobPageMax)),
        )
        return rows.map((row) => jobOf({ input: text(row.input), record: text(row.record) }))
      }),
    async trim(time) {
      let gone = 0
      for (;;) {
        const batch = await store.write((sql) =>
          sql.run(
            'DELETE FROM millrace_jobs WHERE seq IN (SELECT seq FROM millrace_jobs WHERE finished_at < ? LIMIT ?)',
            time,
            trimmedAtOnce,
          ),
        )
        gone += batch
        if (batch < trimmedAtOnce) return gone
      }
    },
  }
}
