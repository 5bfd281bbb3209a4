import type { Handlers, RequestContext } from '@millrace/server'
import { contract, type ErpmaxContract } from '../../contract.ts'
import type { App } from '../app.ts'
import { say } from '../chat.ts'

const ownTenant = ({ identity }: RequestContext<ErpmaxContract>) => contract.channels.tenant({ tenantId: identity.tenant })

/** What clients may ask on their connection. `app` is asked for when a request comes: handlers are declared before it is there. */
export function createHandlers(app: () => App): Handlers<ErpmaxContract> {
  return {
    ping: () => undefined,

    async notification_read({ notification_id }, { identity }) {
      await app().rt.inbox.mark(identity.userId, [notification_id], true, { tenant: identity.tenant })
      return { notification_id }
    },

    'chat:send': ({ id, text }, { identity }) =>
      say(app(), { id: identity.userId, tenant_id: identity.tenant, name: identity.name ?? '' }, id, text),

    async 'chat:typing'(_, context) {
      await context.startTyping(ownTenant(context))
      return null
    },

    async 'chat:stop-typing'(_, context) {
      await context.stopTyping(ownTenant(context))
      return null
    },
  }
}
