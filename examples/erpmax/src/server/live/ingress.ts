import { type HttpApi, hashApiKey, httpApi } from '@millrace/server/http'
import { type RabbitIngress, rabbitIngress } from '@millrace/server/rabbitmq'
import type { App } from '../app.ts'

/** Where workers put what they emit. */
export const eventsQueue = (queue: string): string => `${queue}.events`

/** The emitters over HTTP, for programs that have the key: `POST /v1/publish` and `POST /v1/notify`. */
export function apiFor(
  { rt, clock, logger }: App,
  { key, tenants }: { readonly key: string; readonly tenants: readonly string[] },
): HttpApi {
  return httpApi(rt, { keys: [{ id: 'erpmax', hash: hashApiKey(key), scopes: ['publish', 'notify'], tenants }], clock, logger })
}

/** Publishes what workers emit. The queue is theirs alone, and each may act for any tenant: the tenant is the message's own. */
export function eventsFromRabbit({ rt, clock, logger }: App, url: string, queue: string): Promise<RabbitIngress> {
  return rabbitIngress(rt, {
    ...{ url, clock, logger },
    queue: eventsQueue(queue),
    tenantOf: ({ headers: { tenant } }) => (typeof tenant === 'string' && tenant !== '' ? tenant : null),
  })
}
