import { resolve } from 'node:path'
import type { AnyContract } from '@millrace/contract'
import {
  type Authenticator,
  type Broker,
  createServer,
  type JwtOptions,
  jwt,
  type Logger,
  localBroker,
  type MillraceServer,
  memoryStore,
  type Store,
} from '@millrace/server'
import type { HttpApi } from '@millrace/server/http'
import type { MillraceConfig } from '../define-config.ts'
import type { LoadedConfig } from './load-config.ts'

/** What a setting opens, in words for people; never with a password. */
export function nameOf(setting: string | (() => unknown) | undefined, otherwise: string): string {
  if (setting === undefined) return otherwise
  if (typeof setting === 'function') return 'opened by the configuration'
  if (!setting.includes('://')) return setting
  if (!URL.canParse(setting)) return `${setting.slice(0, setting.indexOf(':'))}://…`
  const { protocol, host, pathname } = new URL(setting)
  return `${protocol}//${host}${pathname}`
}

export function isAuthenticator(auth: JwtOptions | Authenticator): auth is Authenticator {
  return 'authenticate' in auth
}

/** Opens the store that a setting names. Libraries of a store are loaded only where it is used. */
export async function openStore(setting: MillraceConfig['store'], folder: string): Promise<Store> {
  if (typeof setting === 'function') return setting()
  if (setting === undefined || setting === 'memory:') return memoryStore()
  if (setting.startsWith('sqlite:')) {
    const { sqliteStore } = await import('@millrace/server/sqlite')
    return sqliteStore({ path: resolve(folder, setting.slice('sqlite:'.length)) })
  }
  const { postgresStore } = await import('@millrace/server/postgres')
  return postgresStore({ url: setting })
}

/** Opens the broker that a setting names. */
export async function openBroker(setting: MillraceConfig['broker']): Promise<Broker> {
  if (typeof setting === 'function') return setting()
  if (setting === undefined || setting === 'local:') return localBroker()
  if (/^rediss?:/.test(setting)) {
    const { redisBroker } = await import('@millrace/server/redis')
    return redisBroker({ url: setting })
  }
  const { postgresBroker } = await import('@millrace/server/postgres')
  return postgresBroker({ url: setting })
}

/** A node of the configuration's, with what it holds open. */
export interface OpenNode extends AsyncDisposable {
  readonly server: MillraceServer
  /** Null where the configuration has no keys for it. */
  readonly api: HttpApi | null
  readonly store: Store
}

/** The server of a configuration on parts that are open, and its HTTP API. Throws a `ConfigurationError` for what cannot work. */
export async function assemble(config: MillraceConfig, parts: { readonly store: Store; readonly broker: Broker; readonly logger: Logger }) {
  const { http: _, log: __, drain: ___, api: apiOptions, auth, ...options } = config
  const authenticator = isAuthenticator(auth) ? auth : jwt(auth)
  const server = createServer<AnyContract>({ ...options, ...parts, auth: authenticator })
  if (apiOptions === undefined) return { server, api: null }
  try {
    const { httpApi } = await import('@millrace/server/http')
    return { server, api: httpApi(server, { ...apiOptions, logger: parts.logger }) }
  } catch (error) {
    await server.close()
    throw error
  }
}

/** Opens store and broker, and makes a server of them. Rejects with a `ConfigurationError` of one line, and leaves nothing open, where it cannot. */
export async function openNode({ config, folder }: LoadedConfig, logger: Logger): Promise<OpenNode> {
  const open: { close(): Promise<void> }[] = []
  const closeAll = async (): Promise<void> => {
    for (const part of open.splice(0).reverse()) await part.close()
  }
  try {
    const store = await openStore(config.store, folder)
    open.push(store)
    const broker = await openBroker(config.broker)
    open.push(broker)
    const assembled = await assemble(config, { store, broker, logger: config.logger ?? logger })
    open.push(assembled.server)
    return { ...assembled, store, [Symbol.asyncDispose]: closeAll }
  } catch (error) {
    await closeAll().catch(() => undefined)
    throw error
  }
}
