import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CheckOutcome, createHealth, type Health } from './health.ts'

type Mode = 'works' | 'rejects' | 'throws' | 'hangs'

let clock: ManualClock
let health: Health | undefined
let mode: Mode
let asked: number
let underWay: number
let most: number
let release: () => void
beforeEach(() => {
  clock = manualClock()
  mode = 'works'
  asked = underWay = most = 0
  release = () => {}
})
afterEach(() => {
  health?.close()
  expect(clock.pending).toBe(0)
})

function store(): Promise<void> {
  asked++
  if (mode === 'throws') throw new Error('cannot\neven ask')
  if (mode === 'works') return Promise.resolve()
  if (mode === 'rejects') return Promise.reject(new Error('disk full'))
  most = Math.max(most, ++underWay)
  return new Promise((resolve) => {
    release = () => {
      underWay--
      resolve()
    }
  })
}
const start = (options = {}): Health => {
  health = createHealth({ clock, checks: { store, broker: async () => {} }, ...options })
  return health
}

/** Milliseconds until `ready` is what is asked for; looks every 100 ms. */
async function readyIn(subject: Health, ready: boolean): Promise<number> {
  const before = clock.now()
  while (subject.report().ready !== ready && clock.now() < before + 60_000) await clock.advance(100)
  return clock.now() - before
}

describe('ready', () => {
  it('[HLT1] is false until everything was checked', async () => {
    const subject = start()
    expect(subject.report()).toEqual({
      status: 'degraded',
      ready: false,
      checks: { store: { ok: false, reason: 'not checked yet' }, broker: { ok: false, reason: 'not checked yet' } },
    })
    await clock.advance(0)
    expect(subject.report()).toEqual({ status: 'ok', ready: true, checks: { store: { ok: true }, broker: { ok: true } } })
  })

  it.each<[Mode, string]>([
    ['rejects', 'disk full'],
    ['throws', 'cannot even ask'],
    ['hangs', 'no answer within 2000 ms'],
  ])('[HLT1] turns false within 5 s when a check %s, and back by itself', async (loss, reason) => {
    const subject = start()
    await clock.advance(1_500)
    expect(subject.report().ready).toBe(true)
    mode = loss
    expect(await readyIn(subject, false)).toBeLessThan(5_000)
    expect(subject.report()).toMatchObject({ status: 'degraded', checks: { store: { ok: false, reason }, broker: { ok: true } } })
    await clock.advance(30_000)
    expect(subject.report().ready).toBe(false)
    mode = 'works'
    release()
    expect(await readyIn(subject, true)).toBeLessThan(5_000)
  })

  it('[HLT1] comes back even when the answer that it waited for never comes', async () => {
    const subject = start()
    mode = 'hangs'
    await clock.advance(60_000)
    expect(subject.report().ready).toBe(false)
    mode = 'works'
    expect(await readyIn(subject, true)).toBeLessThan(10_000)
  })

  it('[HLT1] takes nothing from an answer that came too late', async () => {
    const subject = start()
    await clock.advance(500)
    mode = 'hangs'
    await readyIn(subject, false)
    mode = 'rejects'
    release()
    await clock.advance(100)
    expect(subject.report().checks.store).toEqual({ ok: false, reason: 'no answer within 2000 ms' })
    await clock.advance(1_000)
    expect(subject.report().checks.store).toEqual({ ok: false, reason: 'disk full' })
  })

  it('[HLT1] is false while draining, whatever the checks say', async () => {
    const subject = start()
    await clock.advance(0)
    subject.drain()
    await clock.advance(5_000)
    expect(subject.report()).toMatchObject({ status: 'draining', ready: false, checks: { store: { ok: true } } })
  })
})

describe('how it asks', () => {
  it('[HLT1] asks once in an interval', async () => {
    start()
    await clock.advance(10_000)
    expect(asked).toBe(11)
  })

  it('[HLT1] asks one thing at a time, and rarely again what hangs', async () => {
    mode = 'hangs'
    start()
    await clock.advance(4_900)
    expect(most).toBe(1)
    await clock.advance(55_000)
    expect(asked).toBeLessThanOrEqual(12)
  })

  it('[HLT1] tells of each change once, and nothing of a start that goes well', async () => {
    const said: [string, CheckOutcome][] = []
    const onChange = (check: string, outcome: CheckOutcome): void => void said.push([check, outcome])
    start({ onChange })
    await clock.advance(3_500)
    expect(said).toEqual([])
    mode = 'rejects'
    await clock.advance(5_000)
    mode = 'works'
    await clock.advance(5_000)
    expect(said).toEqual([
      ['store', { ok: false, reason: 'disk full' }],
      ['store', { ok: true }],
    ])
    health?.close()
    mode = 'rejects'
    start({ onChange })
    await clock.advance(3_000)
    expect(said.slice(2)).toEqual([['store', { ok: false, reason: 'disk full' }]])
  })

  it('[HLT1] stops asking when it is closed', async () => {
    mode = 'hangs'
    const subject = start()
    subject.close()
    release()
    await clock.advance(10_000)
    expect(asked).toBe(1)
    expect(subject.report().checks.store).toEqual({ ok: false, reason: 'not checked yet' })
  })
})
