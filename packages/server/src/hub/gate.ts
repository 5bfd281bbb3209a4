import type { AnyContract, Clock } from '@millrace/contract'
import { tokenSourceDefault } from '../auth/token-source.ts'
import { createUserLookup } from '../auth/user-lookup.ts'
import { createRateLimiter } from '../limits/rate-limiter.ts'
import type { Limits } from '../limits/resolve-limits.ts'
import type { TenantQuotas } from '../limits/tenant-quotas.ts'
import { Turnstile } from '../limits/turnstile.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { ServerOptions } from '../options.ts'
import { type AdmissionGate, createAdmission, type Entrance } from './admission.ts'

export interface GateOptions {
  readonly options: Pick<ServerOptions<AnyContract>, 'contract' | 'auth' | 'loadUser' | 'tokenFrom' | 'namespaces' | 'tenant'>
  readonly limits: Limits
  readonly quotas: TenantQuotas
  readonly clock: Clock
  readonly eventLoop: { later(run: () => void): void }
  readonly logger: Logger
  readonly metrics: Metrics
  readonly newId: () => string
  readonly draining: () => boolean
}

export interface Gate extends AdmissionGate {
  /** Attempts to connect that wait for their turn. */
  readonly waiting: number
}

/** Who comes in, as the application's options say. */
export function createGate({ options, limits, quotas, clock, eventLoop, logger, metrics, newId, draining }: GateOptions): Gate {
  const entrance = (): Entrance => ({
    byAddress: createRateLimiter({ clock, rate: limits.connectionsPerAddress }),
    turnstile: new Turnstile({
      perTurn: limits.handshakesPerTurn,
      maxWaiting: limits.handshakesWaiting,
      nextTurn: eventLoop.later,
    }),
  })
  const [door, desk] = [entrance(), entrance()]
  const admission = createAdmission({
    ...{ door, desk, quotas, newId, draining },
    contract: options.contract,
    auth: options.auth,
    lookup: options.loadUser
      ? createUserLookup({ loadUser: options.loadUser, clock, timeoutMs: limits.userLookupTimeoutMs })
      : async (identity) => ({ ok: true, identity }),
    tokenOrder: options.tokenFrom ?? tokenSourceDefault,
    namespaces: options.namespaces ?? {},
    tenant: options.tenant,
    onRefused: ({ address, namespace }, code, reason) => {
      metrics.refused(code)
      // What comes in floods must not flood the log.
      const level = code === 'rate_limited' || code === 'overloaded' ? 'debug' : 'info'
      logger[level]({ address, namespace, code, reason }, 'connection refused')
    },
  })
  return {
    ...admission,
    get waiting() {
      return door.turnstile.waiting + desk.turnstile.waiting
    },
  }
}
