import { beforeAll, describe, expect, it } from 'vitest'
import { type Document, documents, projectOf } from './documents.ts'
import { typeCheck } from './node/type-check.ts'

let faults: ReadonlyMap<Document, readonly string[]>
beforeAll(() => {
  faults = typeCheck(documents)
}, 120_000)

describe.each(documents.map((document) => [document.path, document] as const))('%s', (_, document) => {
  it('has samples that compile', () => {
    expect(projectOf(document).files).not.toEqual([])
    expect(faults.get(document)).toEqual([])
  })
})
