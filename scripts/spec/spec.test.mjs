import { expect, it } from 'vitest'
import { applySpec, readTags } from './spec.mjs'

const spec = [
  '# Rules',
  '## A',
  '| AA1 | holds |  |',
  '| AA2 | holds too | [old](../old) |',
  '## Not in force yet',
  '| AA3 | later |  |',
].join('\n')

it('reads the rules at the beginning of test titles, and nowhere else', () => {
  const text = `it('[AA1] does', f)\ntest.each(x)(\`[AA2] [AA3] \${y}\`, f)\n// it('[AA4] does')\nconst list = [AA5]\nit('does [AA6]', f)`
  expect(readTags('a.test.ts', text)).toEqual(['AA1', 'AA2', 'AA3'].map((rule) => ({ rule, file: 'a.test.ts' })))
})

it('lists the files of each rule', () => {
  const tests = [
    { rule: 'AA1', file: 'packages/server/src/log/a.test.ts' },
    { rule: 'AA1', file: 'packages/server/src/log/a.test.ts' },
    { rule: 'AA2', file: 'tests/sdk/src/b.test.ts' },
  ]
  const { text, faults, inForce } = applySpec(spec, tests)
  expect({ faults, inForce }).toEqual({ faults: [], inForce: 2 })
  expect(text).toContain('| AA1 | holds | [server/log/a](../packages/server/src/log/a.test.ts) |')
  expect(text).toContain('| AA2 | holds too | [tests/sdk/b](../tests/sdk/src/b.test.ts) |')
  expect(text).toContain('| AA3 | later | |')
  expect(applySpec(text, tests).text).toBe(text)
})

it('finds a rule in force without a test, a test with an unknown rule, and a rule that stands there twice', () => {
  const { faults } = applySpec(`${spec}\n| AA1 | again | |`, [
    { rule: 'AA1', file: 'a.ts' },
    { rule: 'ZZ9', file: 'b.ts' },
  ])
  expect(faults).toEqual([
    "AA2 is in force, but no test carries it: it('[AA2] …')",
    'docs/SPEC.md names AA1 twice',
    'b.ts: docs/SPEC.md has no rule ZZ9',
  ])
})
