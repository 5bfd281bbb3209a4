import { describe, expect, it } from 'vitest'
import { compactMoney, money, toPaise, wholeMoney } from './money.ts'
import { dayName, dayOf, duration, relativeTime } from './time.ts'
import { compactKilograms, kilograms, quintals } from './weight.ts'
import { counted, initials, listed } from './words.ts'

describe('money', () => {
  it('groups rupees the Indian way', () => {
    expect(money(1_23_45_678_90)).toBe('₹1,23,45,678.90')
    expect(wholeMoney(1_00_000_49)).toBe('₹1,00,000')
    expect(compactMoney(1_23_45_600)).toBe('₹1.23L')
  })

  it('makes paise of rupees without the dust of binary fractions', () => {
    expect(toPaise(23.15)).toBe(2315)
    expect(toPaise(0.29)).toBe(29)
  })
})

describe('weights', () => {
  it('are kilograms, and quintals of a hundred of them', () => {
    expect(kilograms(1_23_450)).toBe('1,23,450 kg')
    expect(quintals(2_450)).toBe('24.5 qtl')
    expect(compactKilograms(12_500)).toMatch(/^12\.5/)
  })
})

describe('time', () => {
  const now = new Date(2026, 10, 21, 14, 30).getTime()

  it.each([
    [-5_000, 'just now'],
    [9_000, 'just now'],
    [42_000, '42 s ago'],
    [5 * 60_000, '5 min ago'],
    [3 * 3_600_000, '3 h ago'],
    [20 * 3_600_000, 'yesterday 18:30'],
    [5 * 86_400_000, '16 Nov, 14:30'],
  ])('says of %d ms ago: %s', (ago, words) => {
    expect(relativeTime(now - ago, now)).toBe(words)
  })

  it('names days as people do', () => {
    expect(dayName(dayOf(now), now)).toBe('Today')
    expect(dayName('2026-11-20', now)).toBe('Yesterday')
    expect(dayName('2026-11-16', now)).toBe('Monday, 16 November')
  })

  it('counts what is under way in hours and minutes', () => {
    expect(duration(59 * 60_000)).toBe('59 min')
    expect(duration(125 * 60_000)).toBe('2 h 5 min')
  })
})

describe('words', () => {
  it('lists names', () => {
    expect(listed(['Asha'])).toBe('Asha')
    expect(listed(['Asha', 'Ravi', 'Meena'])).toBe('Asha, Ravi and Meena')
  })

  it('counts things', () => {
    expect(counted(1, 'purchase')).toBe('1 purchase')
    expect(counted(1_200, 'person', 'people')).toBe('1,200 people')
  })

  it('takes the first letters of two names', () => {
    expect(initials('Asha Nair')).toBe('AN')
    expect(initials('ravi kumar das')).toBe('RK')
  })
})
