import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './documents.ts'
import { anchorsOf, linksOf } from './links.ts'

const markdownIn = (folder: string, recursive = false) =>
  readdirSync(join(root, folder), { recursive, encoding: 'utf8' }).flatMap((name) => (name.endsWith('.md') ? [join(folder, name)] : []))
const inside = (folder: string) => readdirSync(join(root, folder)).flatMap((name) => markdownIn(join(folder, name)))
const paths = [...markdownIn('.'), ...markdownIn('docs', true), ...inside('packages'), ...inside('examples'), ...markdownIn('bench')]

it('leaves code alone, and names headings as GitHub does', () => {
  expect(linksOf('[a](b.md#c) `f[0](x)` [web](https://example.com)\n```\n[no](no.md)\n```\n[here](#top)')).toEqual([
    { path: 'b.md', anchor: 'c' },
    { path: '', anchor: 'top' },
  ])
  expect([...anchorsOf("# The page's `side` (2)\n")]).toEqual(['the-pages-side-2'])
})

it.each(paths)('%s links to what is there', (path) => {
  const markdown = readFileSync(join(root, path), 'utf8')
  const broken = linksOf(markdown).filter(({ path: to, anchor }) => {
    const target = to === '' ? join(root, path) : join(root, dirname(path), to)
    if (!existsSync(target)) return true
    return anchor !== '' && !anchorsOf(readFileSync(target, 'utf8')).has(anchor)
  })
  expect(broken).toEqual([])
})
