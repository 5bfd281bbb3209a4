/** A file of a document's samples, with the line of the document that each of its lines comes from. */
export interface SampleFile {
  readonly name: string
  readonly code: string
  /** From 1, one for each line of `code`. */
  readonly lines: readonly number[]
}

export interface DocumentSamples {
  readonly files: readonly SampleFile[]
  /** The guides whose files this one goes on from. */
  readonly uses: readonly string[]
  /** What is wrong with the document's markers. */
  readonly faults: readonly string[]
}

interface Piece {
  readonly code: string
  /** The document's line of the first line of `code`. */
  readonly line: number
}

const fence = /^(`{3,})([a-z]*) ?(.*)$/
const named = /^\/\/ ([\w./-]+\.tsx?)(, further down)?(?![\w.])/

/**
 * Reads the TypeScript samples of a Markdown document. A block whose first line is `// server.ts` is that file, `// server.ts, further down` goes on
 * with it, and one without a name is a file of its own. What a reader need not see stands in comments: `<!-- given … -->` comes before the
 * next block, `<!-- file: name.ts … -->` is a file, `<!-- uses other.md -->` takes over the files of another guide. Blocks marked
 * `outline` show a shape and are not samples.
 */
export function readSamples(markdown: string): DocumentSamples {
  const lines = markdown.split('\n')
  const files = new Map<string, Piece[]>()
  const uses: string[] = []
  const faults: string[] = []
  let given: Piece | null = null

  /** The lines from `from` to before the first that is `end`. */
  function until(from: number, end: string): Piece & { readonly next: number } {
    let next = from
    while (next < lines.length && lines[next] !== end) next++
    if (next === lines.length) faults.push(`line ${from}: this has no end, a line "${end}"`)
    return { code: lines.slice(from, next).join('\n'), line: from + 1, next: next + 1 }
  }

  for (let index = 0; index < lines.length; ) {
    const line = lines[index] ?? ''
    const hidden = /^<!-- (given|file: (\S+)|uses (\S+) -->)$/.exec(line)
    if (hidden !== null) {
      const [, , name, used] = hidden
      if (used !== undefined) {
        uses.push(used)
        index++
        continue
      }
      const piece = until(index + 1, '-->')
      if (name !== undefined) files.set(name, [piece])
      else given = piece
      index = piece.next
      continue
    }
    const [, ticks, language, info] = fence.exec(line) ?? []
    if (ticks === undefined) {
      index++
      continue
    }
    const piece = until(index + 1, ticks)
    index = piece.next
    if ((language !== 'ts' && language !== 'tsx') || info === 'outline') continue
    if (info !== '') faults.push(`line ${piece.line - 1}: "${info}" is not known: a block is a sample or an \`outline\``)
    const [, name = `line-${piece.line}.${language}`, further] = named.exec(piece.code) ?? []
    const before = files.get(name)
    if (further !== undefined && before === undefined) faults.push(`line ${piece.line}: ${name} has not begun`)
    files.set(name, [...(further === undefined ? [] : (before ?? [])), ...(given === null ? [] : [given]), piece])
    given = null
  }
  if (given !== null) faults.push(`line ${given.line}: this is given to no block`)
  return { files: [...files].map(([name, pieces]) => fileOf(name, pieces)), uses, faults }
}

function fileOf(name: string, pieces: readonly Piece[]): SampleFile {
  return {
    name,
    code: `${pieces.map(({ code }) => code).join('\n')}\n`,
    lines: pieces.flatMap(({ code, line }) => code.split('\n').map((_, index) => line + index)),
  }
}
