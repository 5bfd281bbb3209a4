import { expect, it } from 'vitest'
import { wiretap } from './wiretap.ts'

it('finds a secret wherever it is cut', () => {
  const secret = 'CANARY-1234'
  for (let cut = 0; cut <= secret.length; cut++) {
    const tap = wiretap([secret, 'CANARY-9'])
    tap.add(`42["x",{"note":"${secret.slice(0, cut)}`)
    tap.add(Buffer.from(`${secret.slice(cut)}"}]`))
    expect(tap.found).toEqual([secret])
  }
})

it('finds nothing where nothing is', () => {
  const tap = wiretap(['CANARY-1234'])
  tap.add('CANARY-123')
  tap.add('5 CANARY')
  expect(tap.found).toEqual([])
  expect(tap.bytes).toBe(18)
})
