import { describe, expect, it } from 'vitest'
import { type Attempt, checkLedger, type Ledger } from './ledger.ts'

const attempt = (sequence: number, outcome: Attempt['outcome']): Attempt => ({
  key: `k${sequence}`,
  channel: 'a',
  publisher: 'p',
  sequence,
  outcome,
})
const acked = (sequence: number, offset: number) => attempt(sequence, { kind: 'acked', offset })
const sound: Ledger = {
  channel: 'a',
  entries: [
    { offset: 1, key: 'k1' },
    { offset: 2, key: 'k2' },
    { offset: 3, key: 'k4' },
  ],
  attempts: [acked(1, 1), attempt(2, { kind: 'unknown' }), attempt(3, { kind: 'unknown' }), acked(4, 3), attempt(5, { kind: 'refused' })],
}
const kinds = (ledger: Ledger) => checkLedger(ledger).map(({ kind, key }) => `${kind} ${key}`)

describe('ledger checker', () => {
  it('accepts what was acknowledged, and lets an unanswered try be there or not', () => {
    expect(kinds(sound)).toEqual([])
  })

  it.each<[string, Partial<Ledger>, string[]]>([
    ['[LOG1] a hole', { entries: sound.entries.toSpliced(1, 1) }, ['hole k4']],
    ['[LOG2] a lost publication', { attempts: [...sound.attempts, acked(6, 4)] }, ['lost k6']],
    ['[LOG2] a moved publication', { attempts: sound.attempts.with(0, acked(1, 9)) }, ['moved k1']],
    ['[LOG4] one stored twice', { entries: [...sound.entries, { offset: 4, key: 'k1' }] }, ['twice k1']],
    ['one that was refused', { entries: [...sound.entries, { offset: 4, key: 'k5' }] }, ['unasked k5']],
    ['one that nobody published', { entries: [...sound.entries, { offset: 4, key: 'x' }] }, ['unasked x']],
    [
      "a publisher's disorder",
      {
        entries: [
          { offset: 1, key: 'k2' },
          { offset: 2, key: 'k1' },
        ],
        attempts: [acked(1, 2), acked(2, 1)],
      },
      ['order k2'],
    ],
    ['[OUT1] a row without its publication', { rows: ['k1', 'k2', 'k4', 'k9'] }, ['row-alone k9']],
    ['[OUT1] a publication without its row', { rows: ['k1', 'k4'] }, ['publication-alone k2']],
  ])('finds %s', (_, change, expected) => {
    expect(kinds({ ...sound, ...change })).toEqual(expected)
  })
})
