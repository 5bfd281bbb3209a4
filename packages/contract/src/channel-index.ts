import type { ChannelDefinition } from './channel.ts'
import type { MatchedParams } from './pattern.ts'
import { type PatternShape, patternShape, shapesOverlap } from './pattern-overlap.ts'

export interface FoundChannel {
  readonly channel: string
  readonly definition: ChannelDefinition
  readonly params: MatchedParams<string>
}

const firstSegment = /^[^:/]*/

/**
 * Finds the one channel pattern that a name belongs to. Throws where two patterns could give the same name: a parameter's value
 * would then reach a channel that it was not meant for (CHN6).
 */
export function channelIndex(channels: Readonly<Record<string, ChannelDefinition>>): (name: string) => FoundChannel | null {
  const seen: { readonly key: string; readonly pattern: string; readonly shape: PatternShape }[] = []
  // By the literal text before the first ":" or "/"; under null those that begin with a parameter.
  const bySegment = new Map<string | null, [string, ChannelDefinition][]>()
  for (const [key, definition] of Object.entries(channels)) {
    const { pattern } = definition.pattern
    const shape = patternShape(pattern)
    const other = seen.find((earlier) => shapesOverlap(earlier.shape, shape))
    if (other !== undefined)
      throw new TypeError(
        `channels "${other.key}" (${other.pattern}) and "${key}" (${pattern}) can give the same name: begin one of them differently`,
      )
    seen.push({ key, pattern, shape })
    const first = shape.segments[0]
    const place = first === undefined || first.open ? null : first.literal
    bySegment.set(place, [...(bySegment.get(place) ?? []), [key, definition]])
  }

  return (name) => {
    const segment = firstSegment.exec(name)?.[0] ?? ''
    for (const candidates of [bySegment.get(segment), bySegment.get(null)])
      for (const [channel, definition] of candidates ?? []) {
        const params = definition.pattern.match(name)
        if (params !== null) return { channel, definition, params }
      }
    return null
  }
}
