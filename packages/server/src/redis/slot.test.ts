import { describe, expect, it } from 'vitest'
import { slotOf, slots } from './slot.ts'
import { readTopology } from './topology.ts'

describe('the slots of a cluster', () => {
  it('[LOG3] are those that Redis computes', () => {
    // From `CLUSTER KEYSLOT`.
    const known: Readonly<Record<string, number>> = {
      '123456789': 12_739,
      foo: 12_182,
      'a{foo}b': 12_182,
      '{}foo': 9_500,
      '{foo': 13_308,
      'é漢😀': 15_918,
      '': 0,
    }
    for (const [channel, slot] of Object.entries(known)) expect(slotOf(channel), channel).toBe(slot)
  })

  it('[OPS3] are all served, or the cluster is not whole', () => {
    const [here, there] = [
      ['10.0.0.1', 6379, 'id1'],
      ['', 6380, 'id2'],
    ]
    const topology = readTopology(
      [
        [0, 99, here, there],
        [100, slots - 1, there],
      ],
      '10.0.0.9',
    )
    expect(topology.primaries).toEqual([
      { host: '10.0.0.1', port: 6379 },
      { host: '10.0.0.9', port: 6380 },
    ])
    expect([0, 99, 100, slots - 1].map((slot) => topology.owners[slot])).toEqual([0, 0, 1, 1])
    expect(() => readTopology([[0, 99, here]], 'x')).toThrow(/^CLUSTER 100 of 16384 slots are served$/)
    for (const strange of [null, 'x', [], [null], [[1]], [[0, 99_999, here]]])
      expect(() => readTopology(strange, 'x')).toThrow(/CLUSTER 0 of/)
    expect(() => readTopology(new Error('ERR This instance has cluster support disabled'), 'x')).toThrow(/^CLUSTER ERR/)
  })
})
