import { expect, it } from 'vitest'
import { FlagError, readFlags } from './flags.ts'

const read = (...args: string[]) => readFlags(args, ['burst', 'idle'])

it('measures everything, three rounds of five seconds, unless told otherwise', () => {
  expect(read()).toEqual({
    chosen: ['burst', 'idle'],
    subjects: ['stock', 'ws', 'floor', 'millrace'],
    rounds: 3,
    seconds: 5,
    json: false,
    write: false,
  })
  expect(read('idle', '--quick', '--json')).toMatchObject({ chosen: ['idle'], rounds: 1, seconds: 2, json: true })
  expect(read('--quick', '--rounds', '2', '--subjects', 'millrace,stock')).toMatchObject({ rounds: 2, subjects: ['stock', 'millrace'] })
})

it.each([
  [['bursts'], 'no scenario "bursts": choose from burst, idle'],
  [['--fast'], "Unknown option '--fast'"],
  [['--rounds', '0'], '--rounds is "0": give a whole number'],
  [['--subjects', 'stock,nginx'], '--subjects is "stock,nginx": choose from stock,ws,floor,millrace'],
  [['--write', '--quick'], '--write is for a whole run'],
  [['--write', 'idle'], '--write is for a whole run'],
])('refuses %j in one line', (args, message) => {
  expect(() => read(...args)).toThrow(FlagError)
  expect(() => read(...args)).toThrow(message)
})
