import { type ChannelName, escapeParam, unescapeParam } from '@millrace/contract'

declare const channelKeyBrand: unique symbol
/** A channel of one tenant: what log, broker and subscriptions know it by (TEN1). */
export type ChannelKey = string & { readonly [channelKeyBrand]: true }

// An escaped tenant holds no "/", so no tenant's key can begin with another's.
export function channelKey(tenant: string, channel: ChannelName): ChannelKey {
  return `${escapeParam(tenant)}/${channel}` as ChannelKey
}

/** The name inside the tenant: what clients see. */
export function channelNameOf(key: ChannelKey): ChannelName {
  return key.slice(key.indexOf('/') + 1) as ChannelName
}

/** The tenant that a key belongs to. */
export function tenantOf(key: ChannelKey): string {
  const tenant = unescapeParam(key.slice(0, key.indexOf('/')))
  if (tenant === null) throw new Error('not a channel key')
  return tenant
}
