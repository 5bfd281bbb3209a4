import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../documents.ts'

/** The names that an interface of a source file declares. */
export function membersOf(path: string, name: string): readonly string[] {
  const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ESNext)
  const found = source.statements.find((statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === name)
  if (found === undefined || !ts.isInterfaceDeclaration(found)) throw new Error(`${path} declares no interface ${name}`)
  return found.members.flatMap(({ name }) => (name !== undefined && ts.isIdentifier(name) ? [name.text] : []))
}
