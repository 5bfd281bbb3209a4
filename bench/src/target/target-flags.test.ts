import { expect, it } from 'vitest'
import { FlagError } from '../flags.ts'
import { readTargetFlags } from './target-flags.ts'

const read = (line: string) => readTargetFlags(line.split(' '))

it('reads what is given, and has one channel and durable publications otherwise', () => {
  expect(read('--port 5000 --connections 1000 --rate 100')).toEqual({
    port: 5000,
    connections: 1000,
    rate: 100,
    rooms: 1,
    delivery: 'durable',
  })
  expect(read('--port=0 --connections=3 --rate=0.5 --rooms=3 --delivery=volatile')).toEqual({
    port: 0,
    connections: 3,
    rate: 0.5,
    rooms: 3,
    delivery: 'volatile',
  })
})

it.each([
  ['--connections 3 --rate 1', '--port is missing: give a port'],
  ['--port 5000 --rate 1', '--connections is missing'],
  ['--port 5000 --connections 3', '--rate is missing'],
  ['--port 70000 --connections 3 --rate 1', '--port is "70000"'],
  ['--port x --connections 3 --rate 1', '--port is "x"'],
  ['--port 5000 --connections 0 --rate 1', '--connections is "0"'],
  ['--port 5000 --connections 1.5 --rate 1', '--connections is "1.5"'],
  ['--port 5000 --connections 3 --rate 0', '--rate is "0"'],
  ['--port 5000 --connections 3 --rate -1', '--rate'],
  ['--port 5000 --connections 3 --rate=', '--rate is ""'],
  ['--port 5000 --connections 3 --rate Infinity', '--rate is "Infinity"'],
  ['--port 5000 --connections 3 --rate 1 --rooms 4', 'at most one channel per connection'],
  ['--port 5000 --connections 3 --rate 1 --delivery retained', '--delivery is "retained": give durable or volatile'],
  ['--port 5000 --connections 3 --rate 1 --room 2', "Unknown option '--room'"],
  ['5000', '"5000" is no flag'],
])('refuses %s in one line', (line, message) => {
  expect(() => read(line)).toThrow(FlagError)
  expect(() => read(line)).toThrow(message)
  try {
    read(line)
  } catch (error) {
    expect((error as Error).message).not.toContain('\n')
  }
})
