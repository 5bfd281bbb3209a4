import type { ConnectionOptions } from 'node:tls'
import { ConfigurationError } from '../configuration-error.ts'
import type { Endpoint, EndpointOptions } from './connection.ts'

export interface RedisNode {
  readonly host: string
  /** @default 6379 */
  readonly port?: number
}

export type RedisLocation =
  | {
      /** `redis://user:password@host:6379`, or `rediss://` with TLS. The primary. */
      readonly url: string
      /** For `rediss:`: certificates and names, as `tls.connect` takes them. */
      readonly tls?: ConnectionOptions
    }
  | {
      /** Some nodes of a Redis Cluster; the others are asked for. */
      readonly nodes: readonly RedisNode[]
      readonly username?: string
      readonly password?: string
      readonly tls?: ConnectionOptions
    }

const mend = 'write redis://user:password@host:6379'

/** Where a location leads to, one address or several nodes of a cluster. Throws a `ConfigurationError` for what leads nowhere. */
export function locate(location: RedisLocation): {
  readonly endpoints: readonly Endpoint[] /** How to sign in on each node of a cluster; null for a single server. */
  readonly shared: EndpointOptions | null
} {
  const { tls } = location
  if ('url' in location) {
    const { url } = location
    if (!URL.canParse(url) || !/^rediss?:\/\/[^/]/.test(url))
      throw new ConfigurationError('broker', 'redisBroker: `url` is no address of a Redis', mend)
    return { shared: null, endpoints: [{ name: new URL(url).host, url, ...(tls && { options: { tls } }) }] }
  }
  const { nodes, username, password } = location
  if (!Array.isArray(nodes) || nodes.length === 0 || !nodes.every(({ host }) => typeof host === 'string' && host !== ''))
    throw new ConfigurationError(
      'broker',
      'redisBroker: `nodes` names no node',
      `write nodes: [{ host: '10.0.0.1', port: 6379 }]; or a \`url\`: ${mend}`,
    )
  const shared: EndpointOptions = {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls }),
  }
  return { shared, endpoints: nodes.map(({ host, port = 6379 }) => endpointOf(host, port, shared)) }
}

export function endpointOf(host: string, port: number, shared: EndpointOptions): Endpoint {
  return { name: `${host}:${port}`, options: { ...shared, host, port } }
}
