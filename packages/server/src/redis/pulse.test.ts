import { describe, expect, it } from 'vitest'
import { Pulse } from './pulse.ts'

const ticks = (pulse: Pulse, count: number) => Array.from({ length: count }, () => pulse.tick())

describe('the pulse of two connections', () => {
  it('[HLT1] beats while beats come back', () => {
    const pulse = new Pulse(2)
    for (let round = 0; round < 5; round += 1) {
      expect(pulse.tick()).toEqual({ do: 'beat' })
      // The two travel on different connections: either may be first.
      if (round % 2 === 0) pulse.returned()
      pulse.taken()
      if (round % 2 === 1) pulse.returned()
    }
  })

  it('[HLT1] gives up a publishing connection on which nothing is heard', () => {
    const pulse = new Pulse(2)
    expect(ticks(pulse, 4).map(({ do: action }) => action)).toEqual(['beat', 'wait', 'wait', 'lost'])
    expect(pulse.tick()).toEqual({ do: 'lost', side: 'publishing' })
  })

  it('[HLT1] gives up a subscribed connection that does not bring what the server has taken', () => {
    const pulse = new Pulse(2)
    pulse.tick()
    pulse.taken()
    expect(ticks(pulse, 3)).toEqual([{ do: 'wait' }, { do: 'wait' }, { do: 'lost', side: 'subscribing' }])
  })

  it('[HLT1] takes whatever is heard for life: a slow connection is not dead', () => {
    const pulse = new Pulse(2)
    pulse.tick()
    for (let round = 0; round < 10; round += 1) {
      pulse.heardPublishing()
      expect(ticks(pulse, 2)).toEqual([{ do: 'wait' }, { do: 'wait' }])
    }
    pulse.taken()
    for (let round = 0; round < 10; round += 1) {
      pulse.heardSubscribing()
      expect(ticks(pulse, 2)).toEqual([{ do: 'wait' }, { do: 'wait' }])
    }
    pulse.returned()
    expect(pulse.tick()).toEqual({ do: 'beat' })
  })
})
