import { posix } from 'node:path'
import ts from 'typescript'

/**
 * @typedef {{ specifier: string, line: number, typeOnly: boolean }} Import
 * @typedef {{ path: string, text: string, lines: number, test: boolean, imports: Import[], ast: ts.SourceFile }} Source
 */

/** Reads a file the way the compiler does: comments and strings are no imports. */
export function readSource(path, text) {
  const kind = path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS
  const ast = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, kind)
  const imports = []
  visit(ast, (node) => {
    const found = importOf(node)
    if (found !== null) imports.push({ ...found, line: lineOf(ast, node) })
  })
  return { path, text, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0), test: isTest(path), imports, ast }
}

function importOf(node) {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier))
    return { specifier: node.moduleSpecifier.text, typeOnly: isTypeOnly(node) }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal))
    return { specifier: node.argument.literal.text, typeOnly: true }
  const called =
    ts.isCallExpression(node) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require')
  if (called && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0]))
    return { specifier: node.arguments[0].text, typeOnly: false }
  return null
}

function isTypeOnly(node) {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  const clause = node.importClause
  if (!clause) return false
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true
  const named = clause.namedBindings
  return !clause.name && named !== undefined && ts.isNamedImports(named) && named.elements.every((element) => element.isTypeOnly)
}

export function visit(node, look) {
  look(node)
  ts.forEachChild(node, (child) => visit(child, look))
}

export function lineOf(ast, node) {
  return ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1
}

function isTest(path) {
  return /\.(test|test-d)\.[a-z]+$/.test(path) || /\/(conformance|suite)\.tsx?$/.test(path) || path.startsWith('tests/')
}

/** The path that a relative import means, from the repository's root; null for a package. */
export function targetOf(source, specifier) {
  return specifier.startsWith('.') ? posix.join(posix.dirname(source.path), specifier) : null
}

/** `@millrace/server/testing` → `@millrace/server`; null for a relative import. */
export function packageOf(specifier) {
  if (specifier.startsWith('.')) return null
  return specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]
}
