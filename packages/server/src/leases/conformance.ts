import type { Clock } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type ConformanceGaps, rulesWithGaps } from '../store-conformance.ts'
import type { LeaseStore } from './port.ts'

export interface LeaseSubject {
  readonly name: string
  /** A new store that shares nothing with an earlier call's. */
  create(options: { readonly clock: Clock }): Promise<LeaseStore>
  /** The same leases, as another node has them. Left out where there can be none. */
  readonly peer?: (leases: LeaseStore) => Promise<LeaseStore>
  /** Lets so much time go by on the store's own clock. Left out where that is the clock it was created with. */
  readonly pass?: (leases: LeaseStore, ms: number) => Promise<void>
  dispose(leases: LeaseStore): Promise<void>
  readonly gaps?: ConformanceGaps
}

/** What every lease store does, wherever it keeps its leases. */
export function describeLeaseConformance(subject: LeaseSubject): void {
  const rule = rulesWithGaps(subject.gaps)

  describe(`leases: ${subject.name}`, () => {
    let clock: ManualClock
    let here: LeaseStore
    let there: LeaseStore

    beforeEach(async () => {
      clock = manualClock()
      here = await subject.create({ clock })
      there = (await subject.peer?.(here)) ?? here
    })
    afterEach(async () => {
      if (there !== here) await subject.dispose(there)
      await subject.dispose(here)
    })

    const pass = (ms: number): Promise<unknown> => subject.pass?.(here, ms) ?? clock.advance(ms)
    const minute = 60_000

    rule('[ALR2] gives a lease to one holder, and lets that one renew it', async () => {
      expect(await here.acquire('sweep', 'a', minute)).toBe(true)
      expect(await there.acquire('sweep', 'b', minute)).toBe(false)
      expect(await here.acquire('sweep', 'a', minute)).toBe(true)
      expect(await there.acquire('report', 'b', minute)).toBe(true)
    })

    rule('[ALR2] gives a lease to one of many who ask at once on two nodes', async () => {
      for (const name of ['first', 'second', 'third']) {
        const holders = Array.from({ length: 30 }, (_, index) => ({ holder: `h${index}`, node: index % 2 === 0 ? here : there }))
        const taken = await Promise.all(holders.map(({ holder, node }) => node.acquire(name, holder, minute)))
        expect(taken.filter((one) => one)).toHaveLength(1)
        // And it is that one's: nobody else renews it.
        const again = await Promise.all(holders.map(({ holder, node }) => node.acquire(name, holder, minute)))
        expect(again).toEqual(taken)
      }
    })

    rule('[ALR2] lets a lease run out that is not renewed, and counts a renewal from its own time', async () => {
      await here.acquire('sweep', 'a', 10 * minute)
      await pass(9 * minute)
      expect(await there.acquire('sweep', 'b', minute)).toBe(false)
      expect(await here.acquire('sweep', 'a', 10 * minute)).toBe(true)
      await pass(9 * minute)
      expect(await there.acquire('sweep', 'b', minute)).toBe(false)
      await pass(minute)
      expect(await there.acquire('sweep', 'b', minute)).toBe(true)
    })

    rule('[ALR2] lets a holder make its lease shorter', async () => {
      await here.acquire('sweep', 'a', 60 * minute)
      await here.acquire('sweep', 'a', minute)
      await pass(minute)
      expect(await there.acquire('sweep', 'b', minute)).toBe(true)
    })

    rule('[ALR2] refuses a holder that comes back too late, and neither renews nor releases for it', async () => {
      await here.acquire('sweep', 'a', minute)
      await pass(2 * minute)
      expect(await there.acquire('sweep', 'b', minute)).toBe(true)
      expect(await here.acquire('sweep', 'a', minute)).toBe(false)
      await here.release('sweep', 'a')
      expect(await here.acquire('sweep', 'c', minute)).toBe(false)
      expect(await there.acquire('sweep', 'b', minute)).toBe(true)
    })

    rule('[ALR2] gives a lease that ran out to one of many who ask at once', async () => {
      await here.acquire('sweep', 'gone', minute)
      await pass(minute)
      const taken = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? here : there).acquire('sweep', `h${index}`, minute)),
      )
      expect(taken.filter((one) => one)).toHaveLength(1)
    })

    rule('[ALR2] gives a released lease to the next at once; to release what nobody holds does nothing', async () => {
      await here.release('sweep', 'a')
      await here.acquire('sweep', 'a', minute)
      await here.release('sweep', 'a')
      await here.release('sweep', 'a')
      expect(await there.acquire('sweep', 'b', minute)).toBe(true)
    })

    rule('[ALR2] takes names and holders of any text apart from each other', async () => {
      const word = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', ''))
      const odd = fc.oneof(word, fc.constantFrom("'; --", '"', '%', '_', 'a/b', '$cluster', '{}', '\\', 'İ', 'i', 'I', ' ', ''))
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(odd, { minLength: 2, maxLength: 6 }), fc.uuid(), async (names, run) => {
          for (const name of names) expect(await here.acquire(`${name}${run}`, name, minute)).toBe(true)
          for (const [index, name] of names.entries()) {
            const rival = names[(index + 1) % names.length] ?? ''
            expect(await there.acquire(`${name}${run}`, rival, minute)).toBe(false)
            expect(await there.acquire(`${name}${run}`, name, minute)).toBe(true)
          }
        }),
        { seed: 7, numRuns: 20 },
      )
    })
  })
}
