import { expect, it } from 'vitest'
import { Strays } from './strays.ts'

it('[BP4] lets each connection have a bounded number between two heartbeats', () => {
  const strays = new Strays(2)
  const [a, b] = [{}, {}]
  expect([strays.add(a), strays.add(a), strays.add(a), strays.add(b)]).toEqual([true, true, false, true])
  strays.clear()
  expect(strays.add(a)).toBe(true)
  strays.add(a)
  strays.forget(a)
  expect(strays.add(a)).toBe(true)
})
