import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { disconnects, errors, refusals } from '../codes.ts'
import { wireEvents, wireVersion } from './messages.ts'
import * as schemas from './schemas.ts'

/** The type declarations of a source file without comments or layout: what readers and writers of the wire agree on. */
function typesOf(path: string): string {
  const source = ts.createSourceFile(path, readFileSync(new URL(path, import.meta.url), 'utf8'), ts.ScriptTarget.ES2023)
  const printer = ts.createPrinter({ removeComments: true })
  return source.statements
    .filter((statement) => ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
    .map((statement) => printer.printNode(ts.EmitHint.Unspecified, statement, source))
    .join('\n')
}

function wire(): string {
  const codes = Object.entries({ ...refusals, ...errors, ...disconnects }).map(([code, entry]) => `${code} retry=${entry.retry}`)
  const json = Object.entries(schemas).map(
    ([name, schema]) => `${name} ${JSON.stringify(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }), null, 1)}`,
  )
  const types = ['./messages.ts', '../delivery.ts', '../presence.ts', '../inbox.ts', '../errors.ts'].map(
    (path) => `// ${path}\n${typesOf(path)}`,
  )
  return `${[JSON.stringify(wireEvents, null, 1), codes.join('\n'), ...json, ...types].join('\n\n')}\n`
}

/*
 * A red test here means that the wire has changed. Something optional was added: `npx vitest run packages/contract -u` and
 * commit the file with it. Something was removed or means something else: raise `wireVersion`, and the file gets a new name.
 */
it('[CON4] does not change on the wire without a decision on its version', async () => {
  const current = `wire-v${wireVersion}.snap.txt`
  await expect(wire()).toMatchFileSnapshot(`./${current}`)
  const others = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.snap.txt') && file !== current)
  expect(others).toEqual([])
})
