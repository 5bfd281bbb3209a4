import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AlertLevel, alertLevel, nextLevel, severityOf } from './decision.ts'

const badness: readonly AlertLevel[] = ['ok', 'medium', 'high', 'critical']
const worse = (one: AlertLevel, other: AlertLevel) => badness.indexOf(one) > badness.indexOf(other)

/** The alerts of a series of readings. */
function alerts(values: readonly number[], minimum: number, from: AlertLevel = 'ok') {
  let level = from
  return values.map((value) => {
    const before = level
    level = nextLevel(before, value, minimum)
    return severityOf(before, level)
  })
}

describe('alert decisions', () => {
  it('[ALR1] is critical at zero, high to half of the minimum, medium up to all of it', () => {
    const levels = [-3, 0, 0.001, 50, 50.001, 99, 100, 100.001].map((value) => alertLevel(value, 100))
    expect(levels).toEqual(['critical', 'critical', 'high', 'high', 'medium', 'medium', 'medium', 'ok'])
  })

  it('[ALR1] alarms once for each crossing into a worse level', () => {
    expect(alerts([150, 100, 99, 80, 50, 45, 0, 0, -1], 100)).toEqual([null, 'medium', null, null, 'high', null, 'critical', null, null])
  })

  it('[ALR1] names the level that was reached when a fall skips others', () => {
    expect(alerts([150, 0], 100)).toEqual([null, 'critical'])
  })

  it('[ALR1] is silent while a value trembles around a threshold', () => {
    expect(alerts([100, 101, 100, 109, 100, 110, 95], 100)).toEqual(['medium', null, null, null, null, null, null])
    expect(alerts([50, 51, 50, 59, 60, 49], 100)).toEqual(['high', null, null, null, null, null])
    expect(alerts([0, 1, 0, 10, 0], 100)).toEqual(['critical', null, null, null, null])
  })

  it('[ALR1] improves past a tenth of the minimum, and can then alarm again', () => {
    expect(nextLevel('medium', 110, 100)).toBe('medium')
    expect(nextLevel('medium', 110.1, 100)).toBe('ok')
    expect(nextLevel('high', 60.1, 100)).toBe('medium')
    expect(nextLevel('critical', 10.1, 100)).toBe('high')
    expect(nextLevel('critical', 200, 100)).toBe('ok')
    expect(alerts([100, 111, 100], 100)).toEqual(['medium', null, 'medium'])
  })

  it('[ALR1] knows zero alone as critical where the minimum is zero', () => {
    expect(alerts([5, 0, 0, 1, 0], 0)).toEqual([null, 'critical', null, null, 'critical'])
  })

  it('[ALR1] alarms at most once between two recoveries, for each level', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 250 }), { maxLength: 60 }), fc.constantFrom(1, 40, 100), (values, minimum) => {
        let level: AlertLevel = 'ok'
        // The worst level that was alarmed since the value last rose past the threshold that stands above it.
        let alarmed: AlertLevel = 'ok'
        for (const value of values) {
          const before: AlertLevel = level
          level = nextLevel(before, value, minimum)
          const severity = severityOf(before, level)
          if (severity !== null) {
            expect(worse(severity, alarmed)).toBe(true)
            alarmed = severity
          }
          // It never shows a level that is better than the value deserves, and a better one only past the margin.
          expect(worse(alertLevel(value, minimum), level)).toBe(false)
          if (worse(before, level)) {
            expect(worse(alertLevel(value - minimum / 10, minimum), level)).toBe(false)
            alarmed = level
          }
        }
      }),
      { seed: 5, numRuns: 500 },
    )
  })
})
