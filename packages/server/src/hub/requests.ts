import { type AnyContract, type ChannelRef, invalidPayload, MillraceError, type RequestDefinition, validate } from '@millrace/contract'
import type { PolicyGate } from '../channels/policy.ts'
import type { ConnectionHandle, RequestContext } from '../options.ts'
import { directJson } from './direct.ts'
import type { Publisher } from './publisher.ts'
import type { Session } from './sessions.ts'

/** A handler, without the types that its contract gives it. */
export type AnyHandler = (input: unknown, context: RequestContext) => unknown

export interface RequestsOptions {
  readonly contract: AnyContract
  readonly handlers: Readonly<Record<string, AnyHandler>>
  readonly policy: PolicyGate
  readonly publisher: Publisher
  readonly setTyping: (session: Session, channel: ChannelRef, active: boolean, detail: Readonly<Record<string, unknown>>) => void
}

/** The contract's requests: checked, handled by the application, answered. */
export function createRequests({ contract, handlers, policy, publisher, setTyping }: RequestsOptions) {
  function handleOf(session: Session): ConnectionHandle {
    return connectionHandle(contract, session)
  }

  function contextOf(session: Session): RequestContext {
    const { connection, subscriptions } = session
    const publish: RequestContext['publish'] = (channel, event, data, { exceptSelf = false, ...options } = {}) => {
      const { tenant, userId, name } = connection.identity
      const actor = { id: userId, ...(name !== undefined && { name }) }
      return publisher.publish({ ...options, tenant, channel, event, data, actor, except: exceptSelf ? connection.id : undefined })
    }
    const authorize = async (channel: ChannelRef): Promise<void> => policy.require(connection.identity, channel, connection.namespace)
    return {
      get identity() {
        return connection.identity
      },
      connection: handleOf(session),
      subscribe: (channel) => subscriptions.subscribe(channel),
      async unsubscribe(channel) {
        subscriptions.unsubscribe(channel.name)
      },
      authorize,
      publish,
      async startTyping(channel, detail = {}) {
        await authorize(channel)
        setTyping(session, channel, true, detail)
      },
      async stopTyping(channel) {
        await authorize(channel)
        setTyping(session, channel, false, {})
      },
    }
  }

  return {
    /** The definition of a request, or null for an event that is none. */
    find(name: string): RequestDefinition | null {
      return Object.hasOwn(contract.requests, name) ? (contract.requests[name] ?? null) : null
    },
    /** The reply's data. Throws what the client is to be told, or what the log is. */
    async run(session: Session, name: string, definition: RequestDefinition, input: unknown): Promise<unknown> {
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined
      if (handler === undefined) throw new MillraceError('unknown_event', `the server has no handler for "${name}"`)
      const checked = await validate(definition.input, input)
      if (!checked.ok) throw invalidPayload(`the input of "${name}"`, checked.faults)
      const reply = await handler(checked.value, contextOf(session))
      const checkedReply = await validate(definition.reply, reply)
      // The server's own fault, not the client's: it becomes `internal`.
      if (!checkedReply.ok)
        throw new Error(`the reply of "${name}" does not fit the contract: ${checkedReply.faults.map(({ path }) => path).join(', ')}`)
      return checkedReply.value
    },
  }
}

export type Requests = ReturnType<typeof createRequests>

export function connectionHandle(contract: AnyContract, { connection }: Session): ConnectionHandle {
  return {
    id: connection.id,
    namespace: connection.namespace,
    get identity() {
      return connection.identity
    },
    send(event, data) {
      connection.sendJson(event, directJson(contract, event, data))
    },
  }
}
