import { resolve } from 'node:path'
import type { AnyContract } from '@millrace/contract'
import {
  type Authenticator,
  type Broker,
  ConfigurationError,
  createServer,
  type JwtOptions,
  jwt,
  type Logger,
  localBroker,
  type MillraceServer,
  memoryStore,
  type Store,
} from '@millrace/server'
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

export async function openBroker(setting: MillraceConfig['broker']): Promise<Broker> {
  if (typeof setting === 'function') return setting()
  if (setting === undefined || setting === 'local:') return localBroker()
  throw new ConfigurationError('broker', 'redis is not there yet', 'wait')
}

/** A node of the configuration's, with what it holds open. */
export interface OpenNode extends AsyncDisposable {
  readonly server: MillraceServer
  readonly store: Store
}

/** Opens store and broker, and makes a server of them. Rejects with a `ConfigurationError` of one line, and leaves nothing open, where it cannot. */
export async function openNode({ config, folder }: LoadedConfig, logger: Logger): Promise<OpenNode> {
  const { http: _, log: __, drain: ___, auth, store: storeSetting, broker: brokerSetting, ...options } = config
  const open: { close(): Promise<void> }[] = []
  const closeAll = async (): Promise<void> => {
    for (const part of open.splice(0).reverse()) await part.close()
  }
  try {
    const store = await openStore(storeSetting, folder)
    open.push(store)
    const broker = await openBroker(brokerSetting)
    open.push(broker)
    const authenticator = isAuthenticator(auth) ? auth : jwt(auth)
    const server = createServer<AnyContract>({ ...options, auth: authenticator, store, broker, logger: config.logger ?? logger })
    open.push(server)
    return { server, store, [Symbol.asyncDispose]: closeAll }
  } catch (error) {
    await closeAll().catch(() => undefined)
    throw error
  }
}
