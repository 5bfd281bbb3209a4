import type { Position } from '@millrace/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mill } from '../testing/mill-contract.ts'
import { scriptedServer } from '../testing/scripted-server.ts'
import { startClient } from '../testing/start-client.ts'
import type { LoadReason } from './feed-state.ts'

/**
 * The client against a server in memory whose every message travels when the schedule says so: publications, breaks, lost and
 * doubled messages, cut and lost logs, in any order. Whatever the schedule, a listener's history is the log's.
 */

const ref = mill.channels.mill({ millId: 1 })

type Step =
  | { readonly do: 'flow' | 'cut' | 'duplicate' | 'lose' | 'trim' | 'restart' | 'leave' | 'listen' | 'join' | 'load' | 'load-fails' }
  | { readonly do: 'publish' | 'up' | 'down'; readonly count: number }
  | { readonly do: 'advance'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'flow' }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('publish', 'up', 'down'), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'load' }, { do: 'load-fails' }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.constantFrom(1, 60, 1_500, 31_000) }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>({ do: 'cut' }, { do: 'duplicate' }, { do: 'lose' }, { do: 'join' }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'trim' }, { do: 'restart' }, { do: 'leave' }, { do: 'listen' }) },
)

type Told =
  | { readonly kind: 'publication'; readonly position: Position }
  | { readonly kind: 'gap'; readonly position: Position }
  | { readonly kind: 'loaded'; readonly position: Position; readonly why: LoadReason }

/** Faults in what a listener without a loader was told: each publication follows the one before, or a gap says from where. */
function faultsOf(history: readonly Told[], head: Position): string[] {
  const faults: string[] = []
  let last: Position | null = null
  for (const told of history) {
    const { epoch, offset } = told.position
    if (told.kind === 'publication' && last !== null && (epoch !== last.epoch || offset !== last.offset + 1))
      faults.push(`${epoch}/${offset} came after ${last.epoch}/${last.offset}`)
    if (told.kind === 'gap' && last !== null && epoch === last.epoch && offset <= last.offset)
      faults.push(`a gap to ${offset} came after ${last.offset}`)
    last = told.position
  }
  if (last !== null && (last.epoch !== head.epoch || last.offset !== head.offset)) faults.push(`ends at ${last.offset} of ${head.offset}`)
  return faults
}

async function play(steps: readonly Step[]) {
  const server = scriptedServer({ mode: 'hand' })
  const { client, clock, errors } = startClient({ server, maxHeldPublications: 4, lingerMs: 50 })
  const plain: Told[] = []
  const loading: Told[] = []
  let pending: { resolve: () => void; reject: () => void; position: Position; why: LoadReason; signal: AbortSignal } | null = null

  client.channel(ref).subscribe({
    on: { 'purchase:created': (_, { position }) => position && plain.push({ kind: 'publication', position }) },
    onGap: ({ position }) => plain.push({ kind: 'gap', position }),
  })
  client.channel(ref).subscribe({
    on: { 'purchase:created': (_, { position }) => position && loading.push({ kind: 'publication', position }) },
    load: ({ position, why, signal }) =>
      new Promise<void>((resolve, reject) => {
        pending = {
          resolve: () => {
            if (!signal.aborted) loading.push({ kind: 'loaded', position, why })
            resolve()
          },
          reject: () => reject(new Error('no snapshot')),
          position,
          why,
          signal,
        }
      }),
  })
  let extra: (() => void) | null = null
  let join: { leave(): void } | null = null

  const take = async (one: Step): Promise<void> => {
    switch (one.do) {
      case 'publish':
        for (let index = 0; index < one.count; index++) server.publish(ref.name, 'purchase:created', { id: 'x', kg: 1 })
        break
      case 'up':
      case 'down':
        server.travel(one.do, one.count)
        break
      case 'flow':
        if (client.connection.getSnapshot().state !== 'live') server.sockets.at(-1)?.welcome()
        for (let turn = 0; turn < 4; turn++) {
          server.travel('down')
          await clock.advance(0)
          server.travel('up')
        }
        break
      case 'cut':
        server.cut()
        break
      case 'duplicate':
      case 'lose':
        server.disturb(one.do)
        break
      case 'trim':
        server.trim(ref.name)
        break
      case 'restart':
        server.restart(ref.name)
        break
      case 'listen':
        extra ??= client.channel(ref).on('purchase:deleted', () => {})
        break
      case 'leave':
        extra?.()
        extra = null
        break
      case 'join':
        if (join === null) join = client.presence(ref).join({ screen: 's' })
        else {
          join.leave()
          join = null
        }
        break
      case 'load':
        pending?.resolve()
        pending = null
        break
      case 'load-fails':
        pending?.reject()
        pending = null
        break
      case 'advance':
        await clock.advance(one.ms)
    }
    await clock.advance(0)
  }

  for (const one of steps) await take(one)
  // Then everything heals: messages travel, loads succeed, time goes by, and something new shows any hole that is left.
  const heal = async (): Promise<void> => {
    for (let round = 0; round < 20; round++) {
      for (const one of ['flow', 'load', 'flow'] as const) await take({ do: one })
      await clock.advance(2_000)
    }
  }
  await heal()
  await take({ do: 'publish', count: 1 })
  await heal()
  const head = server.head(ref.name)
  client.close()
  return { plain, loading, head, errors }
}

it('[DLV1][REC1] gives each durable publication once and in order, or one gap, whatever happens on the way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const { plain, head } = await play(steps)
      expect(faultsOf(plain, head)).toEqual([])
      expect(plain.length).toBeGreaterThan(0)
    }),
    { seed: 7, numRuns: 300 },
  )
}, 60_000)

it('[REC4][DLV1] lets snapshot and stream meet without a hole, whatever happens on the way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const { loading, head } = await play(steps)
      expect(loading.some((told) => told.kind === 'loaded')).toBe(true)
      // A snapshot holds all up to its position; after each, the stream goes on from there without a hole.
      let last: Position | null = null
      for (const told of loading) {
        if (told.kind === 'publication' && last !== null) expect(told.position).toEqual({ epoch: last.epoch, offset: last.offset + 1 })
        if (told.kind === 'loaded' && last !== null && told.position.epoch === last.epoch)
          expect(told.position.offset).toBeGreaterThanOrEqual(last.offset)
        last = told.position
      }
      expect(last).toEqual(head)
    }),
    { seed: 7, numRuns: 300 },
  )
}, 60_000)
