export type AlertSeverity = 'medium' | 'high' | 'critical'
export type AlertLevel = 'ok' | AlertSeverity

/** The share of the minimum by which a value must clear a threshold before its level improves. */
export const alertHysteresis = 0.1

const badness = { ok: 0, medium: 1, high: 2, critical: 3 } as const satisfies Record<AlertLevel, number>

/** How bad a value is beside its minimum: critical at zero or below, high to half of the minimum, medium up to all of it. */
export function alertLevel(value: number, minimum: number): AlertLevel {
  if (value <= 0) return 'critical'
  if (value <= minimum / 2) return 'high'
  if (value <= minimum) return 'medium'
  return 'ok'
}

/**
 * The level after a reading: it worsens at once, and improves only when the value has cleared a threshold by `hysteresis` of the
 * minimum, so that a value that trembles around a threshold alarms once (ALR1).
 */
export function nextLevel(before: AlertLevel, value: number, minimum: number, hysteresis: number = alertHysteresis): AlertLevel {
  const now = alertLevel(value, minimum)
  if (badness[now] >= badness[before]) return now
  const cleared = alertLevel(value - Math.abs(minimum) * hysteresis, minimum)
  return badness[cleared] < badness[before] ? cleared : before
}

/** The alert that a change of level gives: its severity when it has worsened, else null. */
export function severityOf(before: AlertLevel, after: AlertLevel): AlertSeverity | null {
  return after !== 'ok' && badness[after] > badness[before] ? after : null
}
