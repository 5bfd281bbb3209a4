import { ConfigurationError } from '../configuration-error.ts'
import { type LimitOptions, limitDefaults, type QuotaOptions, type Quotas, type Rate } from './options.ts'

export type Limits = Required<LimitOptions>

function checkRate(setting: string, rate: Rate): void {
  if (typeof rate !== 'object' || rate === null) throw new ConfigurationError(setting, 'is not a rate', 'set { perSecond, burst }')
  if (!Number.isFinite(rate.perSecond) || rate.perSecond <= 0)
    throw new ConfigurationError(`${setting}.perSecond`, `is ${rate.perSecond}`, 'set a number above 0')
  if (!Number.isFinite(rate.burst) || rate.burst < 1)
    throw new ConfigurationError(`${setting}.burst`, `is ${rate.burst}`, 'set a number of at least 1, so that one message can pass')
}

/** The limits in force: what was set over the defaults. Throws `ConfigurationError` for a limit that lets nothing pass (OPS3). */
export function resolveLimits(options: LimitOptions = {}): Limits {
  const limits: Limits = { ...limitDefaults, ...options }
  for (const [name, value] of Object.entries<number | Rate>(limits)) {
    const setting = `limits.${name}`
    if (!Object.hasOwn(limitDefaults, name))
      throw new ConfigurationError(setting, 'is not a limit', `set one of ${Object.keys(limitDefaults).join(', ')}`)
    if (typeof value !== 'number') checkRate(setting, value)
    else if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigurationError(setting, `is ${value}`, 'set a whole number of at least 1')
  }
  return limits
}

const quotaNames = { connections: 'count', subscriptions: 'count', publications: 'rate', bytes: 'rate' } as const satisfies Record<
  keyof Quotas,
  string
>

/** The quotas as they were given. Throws `ConfigurationError` for one that cannot be kept (OPS3). */
export function checkQuotas(quotas: Quotas): Quotas {
  if (typeof quotas !== 'object' || quotas === null || quotas instanceof Promise)
    throw new ConfigurationError('quotas', 'are no quotas', `set { ${Object.keys(quotaNames).join(', ')} }, or a function that answers it`)
  for (const [name, value] of Object.entries<number | Rate | undefined>({ ...quotas })) {
    const setting = `quotas.${name}`
    if (!Object.hasOwn(quotaNames, name))
      throw new ConfigurationError(setting, 'is not a quota', `set one of ${Object.keys(quotaNames).join(', ')}`)
    if (value === undefined) continue
    // Holds: it is one of these.
    if (quotaNames[name as keyof Quotas] === 'rate') checkRate(setting, value as Rate)
    else if (!Number.isSafeInteger(value) || Number(value) < 0)
      throw new ConfigurationError(setting, `is ${String(value)}`, 'set a whole number of at least 0')
  }
  return quotas
}

/** What each tenant's quotas are. */
export function resolveQuotas(options: QuotaOptions): (tenant: string) => Quotas {
  if (typeof options === 'function') return (tenant) => checkQuotas(options(tenant))
  checkQuotas(options)
  return () => options
}
