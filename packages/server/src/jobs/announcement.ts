import { type EventMap, MillraceError, type Schema, validate, validated } from '@millrace/contract'
import { channelKey } from '../channel-key.ts'
import type { UserInboxChange } from '../inbox/port.ts'
import type { OutboxEntry } from '../outbox/port.ts'
import type { JobDefinition } from './definition.ts'
import { isFinal, type Job, type JobEffects, type JobNotice } from './port.ts'

export interface AnnouncementOptions {
  /** The largest payload of a publication, as JSON in UTF-8. */
  readonly payloadMaxBytes: number
  readonly newId: () => string
  /** How the devices of a user are told of a notification. */
  readonly inboxEntryOf: (tenant: string, change: UserInboxChange) => OutboxEntry
}

/** The value as its schema has it. Throws `invalid_payload`; so does a schema that answers later, as nothing may be awaited in a transaction. */
export function checked(schema: Schema, value: unknown, what: string): unknown {
  const validation = validate(schema, value)
  if (!(validation instanceof Promise)) return validated(validation, what)
  // Nobody waits for what it answers.
  validation.catch(() => {})
  throw new MillraceError('invalid_payload', `${what} has an asynchronous schema: make it synchronous`)
}

/** What people hear of a job's new state: the newest value for whoever comes, and at its end what reaches who was away (JOB1). */
export function announce(job: Job, definition: JobDefinition, now: number, options: AnnouncementOptions): JobEffects {
  const { newId, inboxEntryOf, payloadMaxBytes } = options
  const { told } = definition
  const { tenant, actor } = job
  const channel = definition.channelOf(job)
  const entry = ({ event, data }: { readonly event: string; readonly data: (job: Job) => unknown }): OutboxEntry => {
    // Holds: the start has looked (`checkJobs`).
    const { schema, delivery, key } = (channel.definition.events as EventMap)[event] as EventMap[string]
    const value = checked(schema, data(job), `the payload of "${event}"`)
    const json = JSON.stringify(value) as string | undefined
    if (json === undefined) throw new MillraceError('invalid_payload', `the payload of "${event}" has no JSON form`)
    const bytes = Buffer.byteLength(json)
    if (bytes > payloadMaxBytes)
      throw new MillraceError('payload_too_large', `the payload of "${event}" has ${bytes} bytes; ${payloadMaxBytes} is the limit`)
    return {
      ...{ channel: channelKey(tenant, channel.name), delivery, event, json, id: newId(), time: now },
      ...(actor && { actor }),
      // Holds: the key function was declared for this event's own data.
      ...(key && { key: (key as (data: unknown) => string)(value) }),
    }
  }
  const entries = [entry(told.progress)]
  if (!isFinal(job)) return { entries }
  const end = told[job.state]
  if (end !== null) entries.push(entry(end))
  const notice = noticeOf()
  return { entries, ...(notice && { notice }) }

  function noticeOf(): JobNotice | null {
    const notification = actor !== undefined && isFinal(job) ? definition.notify(job) : null
    if (notification === null || actor === undefined) return null
    return {
      userId: actor.id,
      // One for each job, however often its end is written.
      notification: { ...notification, id: newId(), createdAt: now, dedupeKey: `job ${job.id}` },
      entryOf: (change) => inboxEntryOf(tenant, change),
    }
  }
}
