import { invalidPayload } from '@millrace/contract'
import type { z } from 'zod'
import type { MillraceServer, SendOptions } from '../../api.ts'
import type { NotificationInput, NotifyTarget, Published } from '../../options.ts'
import { channelByName, publishByName } from '../publish-by-name.ts'
import type { ApiScope } from './api-keys.ts'
import type { Grant } from './grant.ts'
import type { Problem } from './problems.ts'
import * as schemas from './schemas.ts'

export interface Call<Input> {
  readonly rt: MillraceServer
  readonly grant: Grant
  /** What stands for `{…}` in the path; '' where it has none. */
  readonly named: string
  readonly input: Input
  /** The `Idempotency-Key` header. */
  readonly idempotencyKey: string | undefined
  /** Counts one more publication against the key's rate. Throws `rate_limited`. */
  readonly take: () => void
  readonly problemOf: (error: unknown) => Problem
}

/** One thing that can be asked for: what is checked, what is done, and what OpenAPI says of it. */
export interface Route<Input = never> {
  readonly method: 'GET' | 'POST'
  /** With at most one `{parameter}`. */
  readonly path: `/v1/${string}`
  readonly operation: string
  readonly summary: string
  readonly scope: ApiScope
  readonly named?: { readonly name: string; readonly schema: z.ZodType<string> }
  /** The body of a POST, the query of a GET. */
  readonly input: z.ZodType<Input>
  /** What the `Idempotency-Key` header means here; without it the header is not read. */
  readonly idempotency?: string
  /** null: answered with 204 and nothing else. */
  readonly answer: z.ZodType | null
  run(call: Call<Input>): Promise<unknown>
}

function route<Input>(definition: Route<Input>): Route<unknown> {
  return {
    ...definition,
    input: definition.input,
    // Holds: the API passes what `input` has checked, and nothing else.
    run: (call) => definition.run(call as Call<Input>),
  }
}

const inPath = (name: string, schema: z.ZodType<string>) => ({ name, schema })

function publishOne({ rt, grant }: Call<unknown>, body: schemas.PublicationBody, headerKey: string | undefined): Promise<Published> {
  const ref = channelByName(rt, body.channel)
  grant.channel(ref)
  if (headerKey !== undefined && body.idempotencyKey !== undefined)
    throw invalidPayload('the publication', [{ path: 'idempotencyKey', message: 'is given in the header too: use one of the two' }])
  const idempotencyKey = grant.idempotencyKey(body.idempotencyKey ?? headerKey)
  return publishByName(rt, ref, body, { tenant: grant.tenant(body.tenant), idempotencyKey })
}

function targetOf({ rt, grant, input: { to } }: Call<z.infer<typeof schemas.notifyBody>>): NotifyTarget {
  if (!('channel' in to)) return to
  const channel = channelByName(rt, to.channel)
  grant.channel(channel)
  return { channel }
}

type SendAny = (userId: string, event: string, data: unknown, options: SendOptions) => Promise<void>

export const routes: readonly Route<unknown>[] = [
  route({
    method: 'POST',
    path: '/v1/publish',
    operation: 'publish',
    summary: 'Publishes to a channel: one publication, or up to 100 of which each is answered for itself, with 200 for the whole',
    scope: 'publish',
    input: schemas.publishBody,
    idempotency:
      'Durable events: the same key in the same channel within 7 days publishes once and is answered alike; in a batch it is the key of each by its place. No meaning for retained events, where the same value again changes nothing, and for volatile ones.',
    answer: schemas.publishAnswer,
    async run(call) {
      const { input, idempotencyKey: key } = call
      if (!('batch' in input)) return publishOne(call, input, key)
      const results = input.batch.map(async (each, index) => {
        try {
          // The request itself has paid for the first.
          if (index > 0) call.take()
          const published = await publishOne(call, each, key === undefined ? undefined : `${key}#${index}`)
          return { status: 200, ...published }
        } catch (error) {
          return call.problemOf(error)
        }
      })
      return { results: await Promise.all(results) }
    },
  }),
  route({
    method: 'POST',
    path: '/v1/notify',
    operation: 'notify',
    summary: "Stores a notification in each recipient's inbox, then sends it",
    scope: 'notify',
    input: schemas.notifyBody,
    idempotency: 'Becomes the dedupe key, as if the API key had it for itself: stored once per recipient.',
    answer: schemas.notifyAnswer,
    async run(call) {
      const { rt, grant, input, idempotencyKey } = call
      const { tenant, to: _, dedupeKey, data, document, ...text } = input
      if (idempotencyKey !== undefined && dedupeKey !== undefined)
        throw invalidPayload('the notification', [{ path: 'dedupeKey', message: 'is given in the header too: use one of the two' }])
      const dedupe = dedupeKey ?? grant.idempotencyKey(idempotencyKey)
      const notification: NotificationInput = {
        ...text,
        ...(data !== undefined && { data }),
        ...(document !== undefined && { document }),
        ...(dedupe !== undefined && { dedupeKey: dedupe }),
      }
      return await rt.notify(targetOf(call), notification, { tenant: grant.tenant(tenant) })
    },
  }),
  route({
    method: 'POST',
    path: '/v1/users/{id}/send',
    operation: 'send',
    summary: 'Sends a direct event to every connection that a user has now',
    scope: 'send',
    named: inPath('id', schemas.userId),
    input: schemas.sendBody,
    answer: null,
    async run({ rt, grant, named, input: { tenant, event, data, namespace } }) {
      // Holds: `send` checks event and data against the contract when it runs.
      const send = rt.send.bind(rt) as unknown as SendAny
      await send(named, event, data, { tenant: grant.tenant(tenant), ...(namespace !== undefined && { namespace }) })
    },
  }),
  route({
    method: 'POST',
    path: '/v1/users/{id}/revoke',
    operation: 'revoke',
    summary: "Ends a user's connections, or those of one session, on every node",
    scope: 'revoke',
    named: inPath('id', schemas.userId),
    input: schemas.revokeBody,
    answer: null,
    async run({ rt, grant, named, input: { tenant, sessionId } }) {
      await rt.revoke(named, { tenant: grant.tenant(tenant), ...(sessionId !== undefined && { sessionId }) })
    },
  }),
  route({
    method: 'POST',
    path: '/v1/users/{id}/reauthorize',
    operation: 'reauthorize',
    summary: "Asks again for each of a user's subscriptions, and ends what is no longer allowed",
    scope: 'revoke',
    named: inPath('id', schemas.userId),
    input: schemas.reauthorizeBody,
    answer: null,
    async run({ rt, grant, named, input: { tenant } }) {
      await rt.reauthorize(named, { tenant: grant.tenant(tenant) })
    },
  }),
  route({
    method: 'GET',
    path: '/v1/channels/{name}/presence',
    operation: 'presence',
    summary: 'Who is in a channel',
    scope: 'read',
    named: inPath('name', schemas.channelName),
    input: schemas.tenantQuery,
    answer: schemas.presenceAnswer,
    async run({ rt, grant, named, input: { tenant } }) {
      const ref = channelByName(rt, named)
      grant.channel(ref)
      return { members: await rt.presence.members(ref, { tenant: grant.tenant(tenant) }) }
    },
  }),
  route({
    method: 'GET',
    path: '/v1/users/{id}/inbox',
    operation: 'inbox',
    summary: "A page of a user's inbox, newest first, with the count of what is unread",
    scope: 'read',
    named: inPath('id', schemas.userId),
    input: schemas.inboxQuery,
    answer: schemas.inboxAnswer,
    async run({ rt, grant, named, input: { tenant, cursor, limit, unread, type, document } }) {
      return await rt.inbox.list(named, {
        tenant: grant.tenant(tenant),
        type,
        document,
        ...(cursor !== undefined && { cursor }),
        ...(limit !== undefined && { limit: Number(limit) }),
        ...(unread !== undefined && { unread: unread === 'true' }),
      })
    },
  }),
]
