interface Segment {
  readonly literal: string
  /** A parameter follows the literal and fills the rest of the segment. */
  readonly open: boolean
}

function segmentsOf(pattern: string): { readonly separators: string; readonly segments: readonly Segment[] } {
  return {
    separators: pattern.replace(/[^:/]/g, ''),
    segments: pattern.split(/[:/]/).map((part) => {
      const brace = part.indexOf('{')
      return brace < 0 ? { literal: part, open: false } : { literal: part.slice(0, brace), open: true }
    }),
  }
}

function canBeEqual(a: Segment, b: Segment): boolean {
  if (a.open && b.open) return a.literal.startsWith(b.literal) || b.literal.startsWith(a.literal)
  if (a.open) return b.literal.startsWith(a.literal) && b.literal.length > a.literal.length
  if (b.open) return canBeEqual(b, a)
  return a.literal === b.literal
}

/** Whether some name belongs to both patterns. Escaped values hold no separator, so segments can be compared one by one. */
export function patternsOverlap(one: string, other: string): boolean {
  const a = segmentsOf(one)
  const b = segmentsOf(other)
  if (a.separators !== b.separators) return false
  return a.segments.every((segment, index) => {
    const opposite = b.segments[index]
    return opposite !== undefined && canBeEqual(segment, opposite)
  })
}
