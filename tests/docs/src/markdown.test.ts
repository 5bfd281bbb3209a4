import { expect, it } from 'vitest'
import { readSamples } from './markdown.ts'

it('reads named files, what they go on with, and what is given to them', () => {
  const { files, uses, faults } = readSamples(`# Title
<!-- uses other.md -->
\`\`\`ts
// server.ts: starts
one
\`\`\`
<!-- given
two
-->
\`\`\`ts
// server.ts, further down
three
\`\`\`
<!-- file: session.ts
four
-->
`)
  expect(uses).toEqual(['other.md'])
  expect(faults).toEqual([])
  expect(files).toEqual([
    { name: 'server.ts', code: '// server.ts: starts\none\ntwo\n// server.ts, further down\nthree\n', lines: [4, 5, 8, 11, 12] },
    { name: 'session.ts', code: 'four\n', lines: [15] },
  ])
})

it('takes a block without a name as a file of its own, and leaves outlines and other languages alone', () => {
  const { files } = readSamples('```tsx\n<b />\n```\n```ts outline\ninterface A\n```\n```js\nold()\n```\n')
  expect(files).toEqual([{ name: 'line-2.tsx', code: '<b />\n', lines: [2] }])
})

it.each([
  ['a block without an end', '```ts\none\n', 'line 1: this has no end, a line "```"'],
  ['an unknown mark', '```ts outlne\none\n```\n', 'line 1: "outlne" is not known: a block is a sample or an `outline`'],
  ['what is given to nothing', '<!-- given\none\n-->\n', 'line 2: this is given to no block'],
  ['going on with nothing', '```ts\n// a.ts, further down\n```\n', 'line 2: a.ts has not begun'],
])('tells of %s', (_, markdown, fault) => {
  expect(readSamples(markdown).faults).toEqual([fault])
})
