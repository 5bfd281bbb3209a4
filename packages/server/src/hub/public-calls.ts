import { type AnyContract, type ChannelRef, MillraceError } from '@millrace/contract'
import type { AlertReading, MillraceServer, TenantOption } from '../api.ts'
import { channelKey } from '../channel-key.ts'
import type { UserPresence } from '../presence/user-presence.ts'
import type { AlertService } from './alerts.ts'
import type { Control } from './control.ts'
import { directJson } from './direct.ts'
import { userKey } from './encode.ts'
import type { InboxService } from './inbox.ts'
import type { PresenceService } from './presence.ts'
import type { Publisher } from './publisher.ts'
import { inboxPageDefault } from './wire-handlers.ts'

export interface PublicCallsOptions<C extends AnyContract> {
  readonly contract: C
  /** Of calls that name none. */
  readonly tenant: string | undefined
  readonly publisher: Publisher
  readonly inbox: InboxService
  readonly alerts: AlertService
  readonly presence: PresenceService
  readonly people: Pick<UserPresence<unknown>, 'online'>
  readonly control: Control
}

/** What an application calls, apart from the life of the node. */
export function publicCalls<C extends AnyContract>({
  contract,
  publisher,
  inbox,
  alerts,
  presence,
  people,
  control,
  ...options
}: PublicCallsOptions<C>): Pick<
  MillraceServer<C>,
  'publish' | 'send' | 'notify' | 'inbox' | 'alerts' | 'presence' | 'reauthorize' | 'revoke'
> {
  function tenantOf({ tenant = options.tenant }: TenantOption): string {
    if (tenant === undefined) throw new MillraceError('invalid_payload', 'name the tenant, or give the server a `tenant` of its own')
    return tenant
  }
  /** In a transaction a failure is thrown from the call, so that the transaction rolls back; elsewhere it rejects, as callers expect. */
  function calling<T>(tx: unknown, call: () => Promise<T>): Promise<T> {
    return tx === undefined ? new Promise((resolve) => resolve(call())) : call()
  }
  const keyOf = (channel: ChannelRef, option: TenantOption) => channelKey(tenantOf(option), channel.name)

  return {
    publish: (channel, event, data, publishOptions = {}) =>
      calling(publishOptions.tx, () => publisher.publish({ ...publishOptions, tenant: tenantOf(publishOptions), channel, event, data })),
    async send(userId, event, data, { namespace, ...option } = {}) {
      const tenant = tenantOf(option)
      const json = directJson(contract, event, data)
      publisher.admit(tenant)
      publisher.charge(tenant, Buffer.byteLength(json), 1)
      await publisher.send({ channel: userKey(tenant, userId), event, json, ...(namespace !== undefined && { namespace }) })
    },
    notify: (target, notification, notifyOptions = {}) =>
      calling(notifyOptions.tx, () => inbox.notify(tenantOf(notifyOptions), target, notification, notifyOptions)),
    inbox: {
      list: async (userId, { tenant, limit = inboxPageDefault, ...rest } = {}) =>
        inbox.list(tenantOf(tenant === undefined ? {} : { tenant }), userId, { ...rest, limit }),
      mark: async (userId, ids, read, option = {}) => inbox.mark(tenantOf(option), userId, ids, read),
      delete: async (userId, ids, option = {}) => inbox.delete(tenantOf(option), userId, ids),
      count: async (userId, option = {}) => inbox.count(tenantOf(option), userId),
    },
    alerts: {
      // Holds: the type says when the answer is a promise, and the service does as it says.
      observe: ((reading: AlertReading) => alerts.observe(tenantOf(reading), reading)) as MillraceServer<C>['alerts']['observe'],
      every: (ms, check, option) => alerts.every(ms, check, option),
    },
    presence: {
      members: async (channel, option = {}) => presence.members(keyOf(channel, option)),
      count: async (channel, option = {}) => presence.count(keyOf(channel, option)),
      online: (option = {}) => people.online(tenantOf(option)),
    },
    reauthorize: async (userId, option = {}) => control.send({ kind: 'reauthorize', tenant: tenantOf(option), userId }),
    revoke: async (userId, { sessionId, ...option } = {}) =>
      control.send({ kind: 'revoke', tenant: tenantOf(option), userId, ...(sessionId !== undefined && { sessionId }) }),
  }
}
