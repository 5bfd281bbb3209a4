import { describe, expect, it } from 'vitest'
import { judgeChannel, type Written } from './judge.ts'

const written = (...all: readonly (readonly [id: string, writtenAt: number, committedAt: Written['committedAt'], channel?: string])[]) =>
  new Map(all.map(([id, writtenAt, committedAt, channel = 'c']) => [id, { id, channel, writtenAt, committedAt }]))
const log = (...ids: readonly string[]) => ids.map((id, index) => ({ id, offset: index + 1 }))
const rules = (faults: readonly string[]) => faults.map((fault) => /\((\w+)\)$/.exec(fault)?.[1])

describe('the judge of a channel', () => {
  it('finds nothing wrong with what is right, in any order that the times allow', () => {
    expect(judgeChannel('c', log('a', 'b'), written(['a', 1, 5], ['b', 6, 7], ['lost', 2, null], ['d', 1, 2, 'other']))).toEqual([])
    expect(judgeChannel('c', log('b', 'a'), written(['a', 1, 9], ['b', 6, 7]))).toEqual([])
    expect(judgeChannel('c', log('a'), written(['a', 1, 'unknown'], ['b', 1, 'unknown']))).toEqual([])
  })

  it('finds what is missing, doubled, undone, foreign, out of place or out of order', () => {
    const all = written(['a', 1, 2], ['b', 3, 4], ['undone', 1, null], ['d', 1, 2, 'other'])
    expect(rules(judgeChannel('c', log('a'), all))).toEqual(['OUT1'])
    expect(rules(judgeChannel('c', log('a', 'b', 'b'), all))).toEqual(['OUT1'])
    expect(rules(judgeChannel('c', log('a', 'b', 'undone'), all))).toEqual(['OUT1'])
    expect(rules(judgeChannel('c', log('a', 'b', 'd'), all))).toEqual(['OUT1'])
    expect(rules(judgeChannel('c', log('b', 'a'), all))).toEqual(['OUT2'])
    expect(rules(judgeChannel('c', [...log('a'), { id: 'b', offset: 3 }], all))).toEqual(['LOG1'])
  })
})
