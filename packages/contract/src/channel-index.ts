import type { ChannelDefinition } from './channel.ts'
import type { MatchedParams } from './pattern.ts'
import { patternsOverlap } from './pattern-overlap.ts'

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
  const entries = Object.entries(channels)
  // By the literal text before the first ":" or "/"; under null those that begin with a parameter.
  const bySegment = new Map<string | null, [string, ChannelDefinition][]>()
  for (const [index, [key, definition]] of entries.entries()) {
    const { pattern } = definition.pattern
    for (const [other, { pattern: otherPattern }] of entries.slice(0, index))
      if (patternsOverlap(pattern, otherPattern.pattern))
        throw new TypeError(
          `channels "${other}" (${otherPattern.pattern}) and "${key}" (${pattern}) can give the same name: begin one of them differently`,
        )
    const segment = firstSegment.exec(pattern)?.[0] ?? ''
    const place = segment.includes('{') ? null : segment
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
