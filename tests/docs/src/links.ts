/** A link of a Markdown text, without what leads elsewhere on the web. */
export interface Link {
  /** Relative to the document; empty for a place in the document itself. */
  readonly path: string
  /** The heading's anchor; empty for the whole. */
  readonly anchor: string
}

const withoutCode = (markdown: string) =>
  markdown.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, '').replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''))

export function linksOf(markdown: string): readonly Link[] {
  return [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#')
      return { path, anchor }
    })
}

/** The anchors that headings get on GitHub. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  return new Set(
    [...markdown.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
