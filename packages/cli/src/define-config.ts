import type { AnyContract } from '@millrace/contract'
import type { Authenticator, Broker, JwtOptions, pinoLogger, ServerOptions, Store } from '@millrace/server'
import type { HttpApiOptions } from '@millrace/server/http'

type LogLevel = NonNullable<NonNullable<Parameters<typeof pinoLogger>[0]>['level']>

/** What the standalone server runs with: the options of `createServer`, and where it listens. */
export interface MillraceConfig<C extends AnyContract = AnyContract>
  extends Omit<ServerOptions<C>, 'auth' | 'store' | 'broker' | 'clock' | 'random'> {
  /** What `jwt` takes, so that `check` and `token` know the key; or any authenticator. */
  readonly auth: JwtOptions | Authenticator
  /**
   * `memory:`, `sqlite:./file.db` (from the folder of the configuration), `postgres://…`; or a function that opens a store, for one with options
   * of its own. @default 'memory:'
   */
  readonly store?: string | (() => Store | Promise<Store>)
  /** `local:`, `redis://…`, `rediss://…`, `postgres://…`, or a function that opens a broker. @default 'local:', for one node */
  readonly broker?: string | (() => Broker | Promise<Broker>)
  readonly http?: {
    /** 0 for any that is free. `--port` comes first. @default 5000 */
    readonly port?: number
    /** @default every interface */
    readonly host?: string
  }
  /** The HTTP API for programs in other languages. @default none */
  readonly api?: Omit<HttpApiOptions, 'logger' | 'clock'>
  /** Of the lines on standard output, where there is no `logger`. @default { level: 'info' } */
  readonly log?: { readonly level?: LogLevel }
  /** How long open connections may take to end, and over how long their clients come back. @default 10 s, 5 s */
  readonly drain?: { readonly timeoutMs?: number; readonly reconnectWithinMs?: number }
}

/** Types the default export of `millrace.config.ts`. */
export function defineConfig<C extends AnyContract>(config: MillraceConfig<C>): MillraceConfig<C> {
  return config
}
