import ts from 'typescript'
import { lineOf, visit } from './source.mjs'

const maxLines = 500
const maxTestLines = 800

const timers = new Set(['setTimeout', 'setInterval', 'setImmediate', 'requestAnimationFrame'])
const readings = new Map([
  ['Date.now', 'the time comes from the Clock that is passed in'],
  ['performance.now', 'the time comes from the Clock that is passed in'],
  ['Math.random', 'chance is passed in'],
])
const atTheEdge = 'it belongs in a folder named node or browser'

/** Yields `{ line, message }` for files that are too long, and for time, chance and sockets that are not passed in. */
export function* codeRules(source) {
  const limit = source.test ? maxTestLines : maxLines
  if (source.lines > limit) yield { line: source.lines, message: `${source.lines} lines; ${limit} is the limit: split it by idea` }

  const edge = /\/(node|browser)\//.test(source.path)
  const product = /^packages\/[^/]+\/src\//.test(source.path) && !source.test
  const sleeps = source.test && /^(packages|tests)\//.test(source.path)
  if (edge || !(product || sleeps)) return
  const found = []
  visit(source.ast, (node) => {
    const message = product ? passedIn(node) : sleep(node)
    if (message !== null) found.push({ line: lineOf(source.ast, node), message })
  })
  for (const { specifier, line } of source.imports)
    if (/^(node:)?timers(\/promises)?$/.test(specifier))
      found.push({ line, message: `"${specifier}" waits by itself: ${product ? 'use the Clock' : 'wait for the event'}` })
  yield* found
}

function isReference(node) {
  const { parent } = node
  if (ts.isImportSpecifier(parent)) return false
  if (ts.isPropertyAccessExpression(parent))
    return parent.expression === node || /^(globalThis|window|self|global)$/.test(parent.expression.getText())
  return !(
    (ts.isPropertyAssignment(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent)) &&
    parent.name === node
  )
}

function passedIn(node) {
  if (ts.isIdentifier(node) && timers.has(node.text) && isReference(node))
    return `${node.text}: use the Clock that is passed in; ${atTheEdge}`
  if (ts.isPropertyAccessExpression(node)) {
    const text = node.getText().replace(/^(globalThis|window|self)\./, '')
    const why = readings.get(text)
    if (why !== undefined) return `${text}: ${why}; ${atTheEdge}`
  }
  if (ts.isNewExpression(node)) {
    const name = node.expression.getText().replace(/^(globalThis|window|self)\./, '')
    if (name === 'WebSocket') return `new WebSocket: sockets are passed in; ${atTheEdge}`
    if (name === 'Date' && (node.arguments?.length ?? 0) === 0)
      return `new Date(): the time comes from the Clock that is passed in; ${atTheEdge}`
  }
  return null
}

function sleep(node) {
  if (!ts.isIdentifier(node) || node.text !== 'setTimeout' || !isReference(node)) return null
  return 'a test does not sleep: wait for the event, or move the manual clock'
}
