interface Segment {
  readonly literal: string
  /** A parameter follows the literal and fills the rest of the segment. */
  readonly open: boolean
}

/** What a pattern's names look like. */
export interface PatternShape {
  readonly separators: string
  readonly segments: readonly Segment[]
}

export function patternShape(pattern: string): PatternShape {
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
export function shapesOverlap(one: PatternShape, other: PatternShape): boolean {
  if (one.separators !== other.separators) return false
  return one.segments.every((segment, index) => {
    const opposite = other.segments[index]
    return opposite !== undefined && canBeEqual(segment, opposite)
  })
}
