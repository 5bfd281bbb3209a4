import type { Clock } from '@millrace/contract'
import type { InboxStore } from '../inbox/port.ts'
import { refuseTransaction } from '../memory-transactions.ts'
import type { OutboxEntry } from '../outbox/port.ts'
import { dueAtOf, isFinal, type Job, type JobChange, type JobEffects, type JobStore, jobPageMax } from './port.ts'
import { type JobRecord, jobOf, recordOf } from './record.ts'
import { unknownCursor } from './unknown-cursor.ts'

export interface MemoryJobsOptions {
  readonly clock: Clock
  readonly inbox: InboxStore
  /** Sends entries on; stored in order when the call returns. */
  readonly put: (entries: readonly OutboxEntry[]) => Promise<void>
  /** Throws for a payload that the log would refuse. */
  readonly assertFits: (json: string) => void
}

/** Jobs in this process's memory: they end with it. */
export function memoryJobs({ clock, inbox, put, assertFits }: MemoryJobsOptions): JobStore {
  // As JSON, as any store that survives the process has it; in the order in which they were made.
  const records = new Map<string, JobRecord & { readonly dueAt: number }>()
  const keys = new Map<string, string>()

  const find = (id: string): Job | null => {
    const found = records.get(id)
    return found === undefined ? null : jobOf(found)
  }
  async function write(job: Job, { entries, notice }: JobEffects): Promise<void> {
    const record = recordOf(job)
    for (const json of [record.input, record.record, ...entries.map((entry) => entry.json)]) assertFits(json)
    records.set(job.id, { ...record, dueAt: dueAtOf(job) || clock.now() })
    const sent = put(entries)
    if (notice !== undefined) {
      const changes = await inbox.add(job.tenant, [notice.userId], notice.notification)
      await put(changes.map(notice.entryOf))
    }
    await sent
  }
  async function carryOut<T>({ answer, write: written }: JobChange<T>): Promise<T> {
    if (written !== undefined) await write(written.job, written)
    return answer
  }

  return {
    async add({ job, dedupeKey, ...effects }) {
      const name = dedupeKey === undefined ? null : JSON.stringify([job.tenant, job.type, dedupeKey])
      const first = name === null ? undefined : keys.get(name)
      if (first !== undefined) return find(first) ?? job
      const done = write(job, effects)
      if (records.has(job.id) && name !== null) keys.set(name, job.id)
      await done
      return find(job.id) ?? job
    },
    addWithin: refuseTransaction,
    change: async (id, decide) => carryOut(decide(find(id), clock.now())),
    changeWithin: refuseTransaction,
    async changeDue(type, state, decide) {
      const now = clock.now()
      const due = [...records.entries()]
        .filter(([, { dueAt }]) => dueAt <= now)
        .sort(([, one], [, other]) => one.dueAt - other.dueAt)
        .map(([, record]) => jobOf(record))
      const first = due.find((job) => job.type === type && job.state === state)
      return first === undefined ? null : carryOut(decide(first, now))
    },
    get: async (id) => find(id),
    async list(tenant, { type, state, actor, before, limit }) {
      const all = [...records.keys()].map((id) => find(id)).filter((job) => job !== null && job.tenant === tenant)
      const newest = all.filter((job) => job !== null).reverse()
      const from = before === undefined ? 0 : newest.findIndex(({ id }) => id === before) + 1
      if (before !== undefined && from === 0) throw unknownCursor()
      return newest
        .slice(from)
        .filter(
          (job) =>
            (type ?? job.type) === job.type && (state ?? job.state) === job.state && (actor === undefined || actor === job.actor?.id),
        )
        .slice(0, Math.max(1, Math.min(limit, jobPageMax)))
    },
    async trim(time) {
      let gone = 0
      for (const id of [...records.keys()]) {
        const job = find(id)
        if (job === null || !isFinal(job) || job.finishedAt >= time) continue
        records.delete(id)
        gone += 1
      }
      for (const [key, id] of keys) if (!records.has(id)) keys.delete(key)
      return gone
    },
  }
}
