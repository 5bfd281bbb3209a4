import { ConfigurationError } from '../configuration-error.ts'
import { type LimitOptions, limitDefaults, type Rate } from './options.ts'

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
