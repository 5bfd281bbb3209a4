import { expect, it } from 'vitest'
import { withFigures } from './results-file.ts'

const document = '# Results\n\n<!-- figures -->\n\nold\n\n<!-- end of figures -->\n\nHow to read them\n'

it('replaces the figures, and leaves the rest', () => {
  const written = withFigures(document, '| new |')
  expect(written).toBe('# Results\n\n<!-- figures -->\n\n| new |\n\n<!-- end of figures -->\n\nHow to read them\n')
  expect(withFigures(written, 'old')).toBe(document)
})

it('refuses a document without a place for them', () => {
  expect(() => withFigures('# Results\n', '')).toThrow('no place for figures')
})
