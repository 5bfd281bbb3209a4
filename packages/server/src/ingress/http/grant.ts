import { type ChannelRef, MillraceError } from '@millrace/contract'
import type { ApiKey, ApiScope } from './api-keys.ts'

/** What one request may do, by its key. */
export interface Grant {
  readonly keyId: string
  /** Throws `denied` where the key has no such scope. */
  need(scope: ApiScope): void
  /** The tenant that the request is for. Throws `denied` for one that the key does not have, `invalid_payload` where it must be named (TEN1). */
  tenant(named: string | undefined): string
  /** Throws `denied` for a channel that the key is not for. */
  channel(ref: ChannelRef): void
  /** The key's own idempotency keys: those of another key never meet them. */
  idempotencyKey(given: string | undefined): string | undefined
}

export function grantOf({ id, scopes, tenants, channels }: ApiKey): Grant {
  return {
    keyId: id,
    need(scope) {
      if (!scopes.includes(scope)) throw new MillraceError('denied', `the API key has no scope "${scope}"`)
    },
    tenant(named) {
      const [only] = tenants
      if (named !== undefined && tenants.includes(named)) return named
      if (named !== undefined || only === undefined) throw new MillraceError('denied', 'the API key is not for this tenant')
      if (tenants.length > 1)
        throw new MillraceError('invalid_payload', 'name the tenant: the API key has several', {
          faults: [{ path: 'tenant', message: 'is missing' }],
        })
      return only
    },
    channel({ name, definition }) {
      if (channels !== undefined && !channels.includes(definition.pattern.pattern) && !channels.includes(name))
        throw new MillraceError('denied', 'the API key is not for this channel')
    },
    idempotencyKey: (given) => (given === undefined ? undefined : `api:${id}:${given}`),
  }
}
