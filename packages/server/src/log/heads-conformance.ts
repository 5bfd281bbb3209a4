import { type ChannelName, retentionDefaults } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import { type ChannelKey, channelKey } from '../channel-key.ts'
import { rulesWithGaps } from '../store-conformance.ts'
import type { LogSubject } from './conformance.ts'
import { headsMax, type LogHead, type PublicationLog, retainedMax, type StoredPublication } from './port.ts'

// Holds: the suite writes names as a pattern would format them.
const key = (name: string, tenant = 'acme'): ChannelKey => channelKey(tenant, name as ChannelName)
const mill = key('mill:1')
const other = key('mill:2')
const nothing: LogHead = { position: { epoch: '', offset: 0 }, revision: 0 }
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const rising = (numbers: readonly number[]) => numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))

function publication(id: string, more: Partial<StoredPublication> = {}): StoredPublication {
  return { event: 'dashboard:stats', json: `"${id}"`, id, time: 1_700_000_000_000, ...more }
}

/** What nodes agree by: where channels stand, and which of two retained values is the newer one. */
export function describeHeadsConformance(subject: LogSubject): void {
  const rule = rulesWithGaps(subject.gaps)

  describe(`heads and revisions: ${subject.name}`, () => {
    let clock: ManualClock
    let log: PublicationLog

    beforeEach(async () => {
      clock = manualClock()
      log = await subject.create({ clock, payloadMaxBytes: 4_097 })
    })
    afterEach(() => subject.dispose(log))

    const append = (channel: ChannelKey, count: number) => Promise.all(upTo(count).map((n) => log.append(channel, publication(`p${n}`))))
    const revisionOf = async (channel: ChannelKey) => (await log.heads([channel]))[0]?.revision

    rule('[DLV1] tells where channels stand, in the order asked, and of a channel that was never used that it has nothing', async () => {
      await append(mill, 3)
      await append(key('mill:1', 'zenith'), 1)
      const revision = await log.retain(other, 'k', publication('r'))
      const { epoch } = await log.head(mill)
      const asked = [other, key('mill:9'), mill, key('mill:1', 'zenith'), mill]
      expect(await log.heads(asked)).toEqual([
        { position: { epoch, offset: 0 }, revision },
        { position: { epoch, offset: 0 }, revision: 0 },
        { position: { epoch, offset: 3 }, revision: 0 },
        { position: { epoch, offset: 1 }, revision: 0 },
        { position: { epoch, offset: 3 }, revision: 0 },
      ])
      expect(await log.heads([])).toEqual([])
      // Asking makes nothing.
      expect(await log.head(key('mill:9'))).toEqual({ epoch, offset: 0 })
    })

    rule(`[DLV1] tells where ${headsMax} channels stand at once`, async () => {
      const channels = upTo(headsMax).map((n) => key(`mill:${n}`))
      await Promise.all(channels.map((channel, index) => (index % 3 === 0 ? log.append(channel, publication('p')) : undefined)))
      const heads = await log.heads(channels)
      expect(heads.map(({ position }) => position.offset)).toEqual(channels.map((_, index) => (index % 3 === 0 ? 1 : 0)))
    })

    rule('[DLV1] tells the same head before and after everything was cut, and after it was opened again', async () => {
      await append(mill, 7)
      await log.retain(mill, 'k', publication('r'))
      const before = await log.heads([mill, other])
      await log.trim(() => ({ ...retentionDefaults, maxCount: 0 }), clock.now())
      expect(await log.heads([mill, other])).toEqual(before)
      log = await subject.reopen(log)
      // What a log in memory has ends with it: with another epoch, so that nobody takes it for this one.
      expect((await log.heads([mill]))[0]?.position).toEqual(await log.head(mill))
    })

    rule('[LOG2] goes on with positions and revisions when it is opened again', async () => {
      await append(mill, 7)
      const revision = await log.retain(mill, 'k', publication('r'))
      const before = await log.heads([mill])
      log = await subject.reopen(log)
      expect(await log.heads([mill])).toEqual(before)
      expect(await log.retain(mill, 'k', publication('r'))).toBeGreaterThan(revision)
    })

    rule('[LOG3] gives each retained value a higher revision than any of its channel before', async () => {
      const revisions: number[] = []
      for (const name of ['a', 'b', 'a', 'c', 'b', 'b']) {
        revisions.push(await log.retain(mill, name, publication(name)))
        expect(await revisionOf(mill)).toBe(revisions.at(-1))
        if (name === 'c') await log.retain(other, name, publication(name))
      }
      expect(revisions[0]).toBeGreaterThan(0)
      expect(rising(revisions)).toBe(true)
      const values = await log.retained(mill)
      expect(values.map(({ key: name, revision }) => [name, revision])).toEqual([
        ['a', revisions[2]],
        ['c', revisions[3]],
        ['b', revisions[5]],
      ])
    })

    rule('[LOG3] gives values that come at once, of one key too, revisions in the order of the calls', async () => {
      const revisions = await Promise.all(upTo(60).map((n) => log.retain(mill, n % 2 === 0 ? 'same' : `k${n}`, publication(`r${n}`))))
      expect(rising(revisions)).toBe(true)
      const same = (await log.retained(mill)).find((value) => value.key === 'same')
      expect(same).toMatchObject({ id: 'r60', revision: revisions[59] })
      expect(await revisionOf(mill)).toBe(revisions[59])
    })

    rule('[LOG3] never goes back with a revision, also where the oldest values go', async () => {
      const revisions = await Promise.all(upTo(retainedMax + 5).map((n) => log.retain(mill, `k${n}`, publication(`r${n}`))))
      await log.trim(() => retentionDefaults, clock.now())
      expect(await revisionOf(mill)).toBe(revisions.at(-1))
      expect(await log.retain(mill, 'k1', publication('again'))).toBeGreaterThan(revisions.at(-1) ?? 0)
    })

    rule('[DLV1] leaves out no change since a mark, whoever made it', async () => {
      const second = (await subject.peer?.(log)) ?? log
      const channels = upTo(6).map((n) => key(`mill:${n}`))
      const known = new Map<ChannelKey, LogHead>()
      let mark: string | null = null
      const look = async () => {
        const told = await log.changes(mark)
        mark = told.mark
        const heads = await log.heads(channels)
        if (told.heads === null) for (const [index, channel] of channels.entries()) known.set(channel, heads[index] ?? nothing)
        else
          for (const [channel, { position, revision }] of told.heads) {
            const before = known.get(channel) ?? nothing
            const offset = Math.max(position.offset, before.position.offset)
            known.set(channel, { position: { ...position, offset }, revision: Math.max(revision, before.revision) })
          }
        return told.heads
      }
      try {
        expect(await look()).toBeNull()
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.record({ on: fc.nat(5), retained: fc.boolean(), node: fc.boolean() }), { maxLength: 12 }),
            async (steps) => {
              // Looks are taken while writes are under way, and once after them.
              const writes = steps.map(({ on, retained, node }) => {
                const [at, channel] = [node ? log : second, channels[on] ?? mill]
                return retained ? at.retain(channel, 'k', publication('r')) : at.append(channel, publication('p'))
              })
              await look()
              await Promise.all(writes)
              await look()
              expect(channels.map((channel) => known.get(channel))).toEqual(await log.heads(channels))
            },
          ),
          { seed: 11, numRuns: 30 },
        )
      } finally {
        if (second !== log) await subject.dispose(second)
      }
    })

    const { peer } = subject
    if (peer !== undefined)
      rule('[LOG3] gives two nodes that retain at once revisions that agree with what is kept', async () => {
        const second = await peer(log)
        try {
          const retained = await Promise.all(
            upTo(120).map(async (n) => {
              const node = n % 2 === 0 ? log : second
              return { n, node, revision: await node.retain(mill, `k${n % 3}`, publication(`r${n}`)) }
            }),
          )
          expect(new Set(retained.map(({ revision }) => revision)).size).toBe(120)
          for (const node of [log, second])
            expect(rising(retained.filter((one) => one.node === node).map(({ revision }) => revision))).toBe(true)
          const newest = [0, 1, 2].map((k) =>
            retained.filter(({ n }) => n % 3 === k).reduce((best, one) => (one.revision > best.revision ? one : best)),
          )
          const expected = newest.map(({ n, revision }) => ({ id: `r${n}`, revision })).sort((a, b) => a.revision - b.revision)
          for (const node of [log, second]) {
            expect((await node.retained(mill)).map(({ id, revision }) => ({ id, revision }))).toEqual(expected)
            expect((await node.heads([mill]))[0]?.revision).toBe(expected[2]?.revision)
          }
        } finally {
          await subject.dispose(second)
        }
      })
  })
}
