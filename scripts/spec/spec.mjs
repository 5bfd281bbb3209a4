import ts from 'typescript'

const leadingTags = /^(\s*\[[A-Z]{2,4}\d+\])+/
const notInForce = /^## Not in force yet/

/** The rules that a file's test titles begin with: `it('[REC3] [DLV1] does …')`. */
export function readTags(file, text) {
  const found = []
  const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS
  const look = (node) => {
    const title = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) ? leadingTags.exec(node.text)?.[0] : undefined
    if (title !== undefined) for (const [, rule] of title.matchAll(/\[([A-Z]+\d+)\]/g)) found.push({ rule, file })
    ts.forEachChild(node, look)
  }
  look(ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, false, kind))
  return found
}

/** Writes each rule's test files into the last cell of its row. Rows look like `| CON1 | what holds | tests |`. */
export function applySpec(markdown, tests) {
  const filesOf = new Map()
  for (const { rule, file } of tests) filesOf.set(rule, new Set([...(filesOf.get(rule) ?? []), file]))
  const faults = []
  const known = new Set()
  let inForce = 0
  let later = false

  const lines = markdown.split('\n').map((line) => {
    if (line.startsWith('## ')) later = notInForce.test(line)
    const row = /^\| ([A-Z]{2,4}\d+) \| (.*) \|([^|]*)\|$/.exec(line)
    if (row === null) return line
    const [, rule, text] = row
    if (known.has(rule)) faults.push(`docs/SPEC.md names ${rule} twice`)
    known.add(rule)
    const files = [...(filesOf.get(rule) ?? [])].sort()
    if (!later) inForce++
    if (!later && files.length === 0) faults.push(`${rule} is in force, but no test carries it: it('[${rule}] …')`)
    const links = files.map((file) => `[${shortName(file)}](../${file})`).join(', ')
    return `| ${rule} | ${text} |${links === '' ? '' : ` ${links}`} |`
  })
  for (const [rule, files] of filesOf) if (!known.has(rule)) faults.push(`${[...files].join(', ')}: docs/SPEC.md has no rule ${rule}`)
  return { text: lines.join('\n'), faults, inForce }
}

/** `packages/server/src/log/conformance.ts` → `server/log/conformance`. */
function shortName(file) {
  return file
    .replace(/^packages\//, '')
    .replace('/src/', '/')
    .replace(/\.(test|test-d)\.tsx?$|\.tsx?$/, '')
}
