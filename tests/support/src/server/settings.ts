import type { LimitOptions, ServerOptions } from '@millrace/server'
import type { TestContract } from '../contract.ts'

export interface ServerSettings {
  /** 0 for a free one. */
  readonly port: number
  readonly controlPort: number
  /** A SQLite file, shared by the store and the shop's rows; null for memory. */
  readonly file: string | null
  /** A PostgreSQL database instead of the file. */
  readonly postgresUrl: string | null
  /** What joins this node to others; null for one that is alone. */
  readonly broker: { readonly kind: 'redis' | 'postgres'; readonly url: string } | null
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number }
  readonly limits: LimitOptions
  readonly backpressure: NonNullable<ServerOptions<TestContract>['backpressure']>
  /** A Unix socket to listen on as well: its kernel buffers hold 200 KB of a connection, those of TCP within one machine 4 MB. */
  readonly unixSocket: string | null
  readonly logLevel: 'info' | 'warn'
}

const variable = 'TEST_SERVER'
const defaults: ServerSettings = {
  port: 0,
  controlPort: 0,
  file: null,
  postgresUrl: null,
  broker: null,
  heartbeat: { intervalMs: 25_000, timeoutMs: 20_000 },
  limits: {},
  backpressure: {},
  unixSocket: null,
  logLevel: 'info',
}

export function serverSettingsEnv(settings: Partial<ServerSettings>): Record<string, string> {
  return { [variable]: JSON.stringify(settings) }
}

export function readServerSettings(env: NodeJS.ProcessEnv): ServerSettings {
  // Holds: `serverSettingsEnv` wrote it.
  return { ...defaults, ...(JSON.parse(env[variable] ?? '{}') as Partial<ServerSettings>) }
}
