import { expect, it } from 'vitest'
import { orderOf } from './measure.ts'
import { subjectNames } from './subject.ts'

it('lets each subject go first and last as often as the others', () => {
  const rounds = Array.from({ length: 8 }, (_, round) => orderOf(subjectNames, round))
  for (const place of [0, -1])
    expect(rounds.map((order) => order.at(place)).toSorted()).toEqual([...subjectNames, ...subjectNames].toSorted())
  for (const order of rounds) expect(order.toSorted()).toEqual(subjectNames.toSorted())
  expect(orderOf(['stock', 'millrace'], 0)).toEqual(['stock', 'millrace'])
  expect(orderOf(['stock', 'millrace'], 1)).toEqual(['millrace', 'stock'])
})
