const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `90s`, `15m`, `1h`, `7d` in ms; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, number, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? []
  // Holds: the expression matches no other unit.
  return number === undefined ? null : Number(number) * unitMs[unit as keyof typeof unitMs]
}
