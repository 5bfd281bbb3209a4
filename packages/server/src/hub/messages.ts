import { type Clock, type ErrorBody, MillraceError } from '@millrace/contract'
import { wireEvents } from '@millrace/contract/wire'
import type { InboundLimits } from '../limits/inbound.ts'
import { refusal } from '../limits/refusal.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { Reply } from '../transport/port.ts'
import { errorJson, okJson, toClientError, within } from './reply.ts'
import type { Requests } from './requests.ts'
import type { Session } from './sessions.ts'
import type { WireHandler } from './wire-handlers.ts'

export interface MessagesOptions {
  readonly requests: Requests
  readonly wireHandlers: ReadonlyMap<string, WireHandler>
  readonly limits: InboundLimits
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly newId: () => string
  readonly handlerTimeoutMs: number
  readonly subscriptionsPerConnection: number
  readonly errorEvent: { readonly name: string; readonly payload: (error: ErrorBody) => unknown }
}

// Answers that a connection may wait for at a time: more than this is a flood, or something that hangs. The SDK's own messages are apart: a
// client that comes back subscribes to all of its channels at once, whatever its handlers are doing.
const requestsMax = 100
const ownMax = 100

/** What clients send: limited, routed, answered. Nothing that comes in makes anything here throw (BP3, BP4). */
export function createMessages(options: MessagesOptions) {
  const { requests, wireHandlers, limits, clock, logger, metrics, errorEvent } = options

  function ownHandler({ connection }: Session, event: string): WireHandler | undefined {
    return connection.kind === 'sdk' || event === wireEvents.refresh ? wireHandlers.get(event) : undefined
  }

  function admit(session: Session, which: 'pending' | 'pendingOwn'): void {
    const { id, identity, address } = session.connection
    const verdict = limits.take({ connectionId: id, userId: identity.userId, tenant: identity.tenant, address })
    if (verdict.kind === 'abuse') session.connection.disconnect('rate_abuse')
    if (verdict.kind === 'rate_limited') metrics.rateLimited(verdict.by)
    if (verdict.kind !== 'ok')
      throw refusal('rate_limited', undefined, { retryAfterMs: verdict.kind === 'abuse' ? 60_000 : verdict.retryAfterMs })
    const max = which === 'pending' ? requestsMax : ownMax + options.subscriptionsPerConnection
    if (session[which] >= max) throw refusal('rate_limited', `${max} requests wait for an answer already`, { retryAfterMs: 1_000 })
    session[which]++
  }

  async function answer(session: Session, event: string, args: readonly unknown[], reply: Reply | undefined): Promise<void> {
    const definition = requests.find(event)
    // The name is the client's own text: it is not repeated.
    if (definition === null) throw new MillraceError('unknown_event', 'the contract has no such request')
    const data = await within(clock, options.handlerTimeoutMs, requests.run(session, event, definition, args[0]))
    const json = JSON.stringify(data) ?? 'null'
    if (reply !== undefined) reply(okJson(json))
    else if (definition.replyEvent !== undefined && session.connection.kind === 'stock')
      // An answer that is nothing, such as `pong`, is an event without an argument.
      session.connection.sendJson(definition.replyEvent, data === undefined ? '' : json)
  }

  return async function receive(session: Session, event: string, args: readonly unknown[], reply: Reply | undefined): Promise<void> {
    const own = ownHandler(session, event)
    const which = own === undefined ? 'pending' : 'pendingOwn'
    let counted = false
    try {
      admit(session, which)
      counted = true
      await session.ready
      if (own === undefined) await answer(session, event, args, reply)
      else await own(session, args[0], reply ?? (() => {}))
      metrics.request('ok')
    } catch (thrown) {
      const known = requests.find(event) !== null || wireHandlers.has(event)
      const fields = { connectionId: session.connection.id, request: known ? event : 'unknown' }
      const error = toClientError(thrown, { logger, newId: options.newId, fields })
      metrics.request(error.code)
      if (error.code !== 'internal') logger.debug({ ...fields, code: error.code }, 'a request was refused')
      if (reply !== undefined) reply(errorJson(error))
      else if (session.connection.kind === 'stock')
        session.connection.sendJson(errorEvent.name, JSON.stringify(errorEvent.payload(error.toBody())))
    } finally {
      if (counted) session[which]--
    }
  }
}
