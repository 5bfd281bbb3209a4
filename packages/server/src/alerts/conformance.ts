import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type ConformanceGaps, type ConformanceTransactions, rulesWithGaps } from '../store-conformance.ts'
import { type AlertLevel, nextLevel, severityOf } from './decision.ts'
import type { AlertStore, AlertSwap } from './port.ts'

/** An alert store, and the application's transactions on its database. */
export interface AlertHome {
  readonly alerts: AlertStore
  readonly transactions: ConformanceTransactions
}

export interface AlertSubject {
  readonly name: string
  /** A new store that shares nothing with an earlier call's. */
  create(): Promise<AlertHome>
  /** Another store on the same data, as another node has it. Left out where there can be none. */
  readonly peer?: (home: AlertHome) => Promise<AlertHome>
  dispose(home: AlertHome): Promise<void>
  readonly gaps?: ConformanceGaps
}

/** What every alert store does, wherever it keeps its levels. */
export function describeAlertConformance(subject: AlertSubject): void {
  const rule = rulesWithGaps(subject.gaps)

  describe(`alerts: ${subject.name}`, () => {
    let home: AlertHome
    let alerts: AlertStore

    beforeEach(async () => {
      home = await subject.create()
      alerts = home.alerts
    })
    afterEach(() => subject.dispose(home))

    const to = (level: AlertLevel) => () => level
    const fired = (swaps: readonly AlertSwap[]) =>
      swaps.map(({ before, after }) => severityOf(before, after)).filter((severity) => severity !== null)

    rule('[ALR1] begins at ok, and answers the level before and after', async () => {
      expect(await alerts.swap('acme', 'rice', to('high'))).toEqual({ before: 'ok', after: 'high' })
      expect(await alerts.swap('acme', 'rice', to('medium'))).toEqual({ before: 'high', after: 'medium' })
      expect(await alerts.swap('acme', 'rice', to('medium'))).toEqual({ before: 'medium', after: 'medium' })
      expect(await alerts.swap('acme', 'rice', to('ok'))).toEqual({ before: 'medium', after: 'ok' })
      expect(await alerts.swap('acme', 'rice', to('ok'))).toEqual({ before: 'ok', after: 'ok' })
    })

    rule('[TEN1] keeps tenants and keys apart', async () => {
      await alerts.swap('acme', 'rice', to('high'))
      for (const [tenant, key] of [
        ['zenith', 'rice'],
        ['acme', 'bran'],
        ['acme"', 'rice'],
      ] as const)
        expect(await alerts.swap(tenant, key, to('ok'))).toEqual({ before: 'ok', after: 'ok' })
    })

    rule('[ALR1] gives one alert for one reading, however many look at it at once', async () => {
      for (const value of [40, 0, 30, 200, 90]) {
        const before = await alerts.swap('acme', 'rice', (level) => level)
        const swaps = await Promise.all(
          Array.from({ length: 20 }, () => alerts.swap('acme', 'rice', (level) => nextLevel(level, value, 100))),
        )
        const crossing = severityOf(before.after, nextLevel(before.after, value, 100))
        expect(fired(swaps)).toEqual(crossing === null ? [] : [crossing])
      }
    })

    rule('[ALR1] makes one chain of all swaps, whatever their interleaving', async () => {
      const step = fc.record({ value: fc.integer({ min: -5, max: 130 }), pause: fc.boolean(), node: fc.nat(1) })
      const second = subject.peer === undefined ? home : await subject.peer(home)
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), fc.uuid(), async (steps, key) => {
          const decided: AlertSwap[] = []
          const swaps: Promise<AlertSwap>[] = []
          for (const { value, pause, node } of steps) {
            const swap = (node === 0 ? home : second).alerts.swap('acme', key, (before) => {
              const after = nextLevel(before, value, 100)
              decided.push({ before, after })
              return after
            })
            swaps.push(swap)
            if (pause) await swap
          }
          const answered = await Promise.all(swaps)
          // Each decision starts where the one before it ended, so a crossing is seen by exactly one.
          for (const [index, { before }] of decided.entries()) expect(before).toBe(decided[index - 1]?.after ?? 'ok')
          expect(fired(answered).sort()).toEqual(fired(decided).sort())
        }),
        { seed: 3, numRuns: 40 },
      )
      if (second !== home) await subject.dispose(second)
    })

    rule('[ALR1] changes nothing when the decision throws', async () => {
      await alerts.swap('acme', 'rice', to('medium'))
      const failing = alerts.swap('acme', 'rice', () => {
        throw new RangeError('no decision')
      })
      const next = alerts.swap('acme', 'rice', (level) => level)
      await expect(failing).rejects.toThrow(new RangeError('no decision'))
      expect(await next).toEqual({ before: 'medium', after: 'medium' })
    })

    rule('[OUT1] swaps in the business transaction: with its commit, or not at all', async () => {
      const lost = await home.transactions.begin()
      expect(await alerts.swapWithin(lost, 'acme', 'rice', to('critical'))).toEqual({ before: 'ok', after: 'critical' })
      await home.transactions.rollback(lost)
      const tx = await home.transactions.begin()
      expect(await alerts.swapWithin(tx, 'acme', 'rice', to('high'))).toEqual({ before: 'ok', after: 'high' })
      expect(await alerts.swapWithin(tx, 'acme', 'rice', to('high'))).toEqual({ before: 'high', after: 'high' })
      await home.transactions.commit(tx)
      expect(await alerts.swap('acme', 'rice', to('ok'))).toEqual({ before: 'high', after: 'ok' })
    })

    rule('refuses a transaction that is not on its database', async () => {
      const foreign = await home.transactions.foreign()
      for (const other of [foreign, null, {}])
        expect(() => alerts.swapWithin(other, 'acme', 'rice', to('high'))).toThrow(
          expect.objectContaining({ code: 'outbox_wrong_database' }),
        )
    })
  })
}
