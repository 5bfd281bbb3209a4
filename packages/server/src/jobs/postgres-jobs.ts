import { MillraceError } from '@millrace/contract'
import type { NewNotification, UserInboxChange } from '../inbox/port.ts'
import type { OutboxEntry } from '../outbox/port.ts'
import { integer, type PgDatabase, type PgTransaction, type PgTransactions, text, textOrNull } from '../postgres/port.ts'
import { dueAtOf, isFinal, type Job, type JobChange, type JobEffects, type JobStore, jobPageMax, type NewJob } from './port.ts'
import { type JobRecord, jobOf, recordOf } from './record.ts'
import { unknownCursor } from './unknown-cursor.ts'

export interface PostgresJobsOptions {
  readonly home: string
  readonly database: PgDatabase
  readonly transactions: PgTransactions
  /** Put entries and notifications into tables, in the transaction of the job's own change. */
  readonly putEntries: (on: PgTransaction, entries: readonly OutboxEntry[]) => Promise<void>
  readonly addNotification: (
    on: PgTransaction,
    tenant: string,
    userId: string,
    notification: NewNotification,
  ) => Promise<readonly UserInboxChange[]>
  /** Throws for a payload that the log would refuse. */
  readonly assertFits: (json: string) => void
}

/** As `millrace.job_locked` answers it. */
interface Found {
  readonly now: number
  readonly job: JobRecord | null
}

const trimmedAtOnce = 500
const locked = 'SELECT millrace.job_locked($1, $2)::text AS answer'
// The first of all that wait, and then whether it is due: its order leaves the planner one index, of which one entry is read.
const anyDue = `SELECT coalesce((
  SELECT j.due_at FROM millrace.jobs j WHERE j.type = $1 AND j.state = $2 AND j.due_at IS NOT NULL ORDER BY j.due_at, j.seq LIMIT 1
) <= millrace.now_ms(), false) AS found`
const due = 'SELECT millrace.job_due($1, $2)::text AS answer'

function foundIn(answer: string | null): { readonly now: number; readonly job: Job | null } {
  if (answer === null) throw new MillraceError('outbox_wrong_database', 'the transaction is on another database than the store')
  // Holds: the function builds it so.
  const { now, job } = JSON.parse(answer) as Found
  return { now, job: job === null ? null : jobOf(job) }
}

/** Jobs in a PostgreSQL table. Leases are by the database's clock. */
export function postgresJobs({ home, database, transactions, putEntries, addNotification, assertFits }: PostgresJobsOptions): JobStore {
  async function tell(on: PgTransaction, job: Job, { entries, notice }: JobEffects): Promise<void> {
    const changes = notice === undefined ? [] : await addNotification(on, job.tenant, notice.userId, notice.notification)
    await putEntries(on, [...entries, ...(notice === undefined ? [] : changes.map(notice.entryOf))])
  }
  async function add(on: PgTransaction, { job, dedupeKey, ...effects }: NewJob): Promise<Job> {
    const { input, record } = recordOf(job)
    for (const json of [input, record]) assertFits(json)
    const row = { id: job.id, tenant: job.tenant, type: job.type, dedupeKey, actor: job.actor?.id, state: job.state, dueAt: job.dueAt }
    const answer = await on.ask('SELECT millrace.job_add($1, $2::json, $3, $4)::text AS answer', [home, JSON.stringify(row), input, record])
    const { job: first } = foundIn(answer)
    if (first !== null) return first
    await tell(on, job, effects)
    return jobOf({ input, record })
  }
  async function carryOut<T>(on: PgTransaction, { answer, write }: JobChange<T>): Promise<T> {
    if (write === undefined) return answer
    const { job } = write
    const { record } = recordOf(job)
    assertFits(record)
    const [dueAt, finishedAt] = [dueAtOf(job), isFinal(job) ? job.finishedAt : null]
    await on.ask('SELECT millrace.job_set($1, $2, $3::bigint, $4::bigint, $5)::text AS answer', [
      ...[job.id, job.state],
      ...[dueAt, finishedAt].map((time) => (time === null ? null : String(time))),
      record,
    ])
    await tell(on, job, write)
    return answer
  }
  function own<T>(work: (on: PgTransaction) => Promise<T>): Promise<T> {
    return database.transact((sql) =>
      work({ ask: async (statement, values) => textOrNull((await sql.rows(statement, values))[0]?.answer ?? null) }),
    )
  }

  return {
    add: (given) => own((on) => add(on, given)),
    addWithin: (tx, given) => add(transactions.within(tx), given),
    change: (id, decide) =>
      own(async (on) => {
        const { job, now } = foundIn(await on.ask(locked, [home, id]))
        return carryOut(on, decide(job, now))
      }),
    changeWithin(tx, id, decide) {
      const on = transactions.within(tx)
      return on.ask(locked, [home, id]).then((answer) => {
        const { job, now } = foundIn(answer)
        return carryOut(on, decide(job, now))
      })
    },
    async changeDue(type, state, decide) {
      // Who waits for work looks often, and finds none: a look is one statement, and takes no lock.
      const [there] = await database.rows(anyDue, [type, state])
      if (there?.found !== true) return null
      return own(async (on) => {
        const { job, now } = foundIn(await on.ask(due, [type, state]))
        return job === null ? null : carryOut(on, decide(job, now))
      })
    },
    async get(id) {
      const [row] = await database.rows('SELECT j.input, j.record FROM millrace.jobs j WHERE j.id = $1', [id])
      return row === undefined ? null : jobOf({ input: text(row.input), record: text(row.record) })
    },
    async list(tenant, { type, state, actor, before, limit }) {
      const [place] =
        before === undefined
          ? []
          : await database.rows('SELECT j.seq FROM millrace.jobs j WHERE j.id = $1 AND j.tenant = $2', [before, tenant])
      if (before !== undefined && place === undefined) throw unknownCursor()
      const rows = await database.rows(
        `SELECT j.input, j.record FROM millrace.jobs j WHERE j.tenant = $1 AND j.seq < $2 AND ($3::text IS NULL OR j.type = $3)
           AND ($4::text IS NULL OR j.state = $4) AND ($5::text IS NULL OR j.actor_id = $5) ORDER BY j.seq DESC LIMIT $6`,
        [
          tenant,
          place === undefined ? Number.MAX_SAFE_INTEGER : integer(place.seq),
          ...[type, state, actor].map((value) => value ?? null),
          Math.max(1, Math.min(limit, jobPageMax)),
        ],
      )
      return rows.map((row) => jobOf({ input: text(row.input), record: text(row.record) }))
    },
    async trim(time) {
      let gone = 0
      for (;;) {
        const [row] = await database.rows(
          `WITH gone AS (DELETE FROM millrace.jobs j WHERE j.id IN (
             SELECT o.id FROM millrace.jobs o WHERE o.finished_at < $1 ORDER BY o.finished_at LIMIT $2) RETURNING 1) SELECT count(*) AS gone FROM gone`,
          [time, trimmedAtOnce],
        )
        gone += integer(row?.gone)
        if (integer(row?.gone) < trimmedAtOnce) return gone
      }
    },
  }
}
