import { MillraceError } from './errors.ts'
import { refuseReserved } from './reserved.ts'

declare const channelNameBrand: unique symbol
/** A channel's name inside its tenant, with escaped parameters: `mill:7`. */
export type ChannelName = string & { readonly [channelNameBrand]: true }

export const maxChannelNameLength = 256

type ParamNames<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | ParamNames<Rest> : never

/** The parameters that a pattern asks for: `mill:{millId}` → `{ millId: string | number }`. */
export type ChannelParams<P extends string> = { readonly [K in ParamNames<P>]: string | number }
/** The same, as read from a channel's name. */
export type MatchedParams<P extends string> = string extends P
  ? Readonly<Record<string, string>>
  : { readonly [K in ParamNames<P>]: string }

export interface ChannelPattern<P extends string = string> {
  readonly pattern: P
  /** The channel's name. Throws `invalid_payload` for a missing, empty or over-long parameter. */
  format(params: ChannelParams<P>): ChannelName
  /** The parameters of a name that this pattern produces, else null. */
  match(name: string): MatchedParams<P> | null
}

/** Everything that could end a parameter or be taken for another one; spaces and letters of any script stay readable. */
const unsafe = /[\p{Cc}\p{Cs}\u2028\u2029%:/{}$*#?\\|]/gu

export function escapeParam(value: string): string {
  return value.replace(unsafe, (char) => `%${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The value that `escapeParam` wrote, or null for text that it never writes. */
export function unescapeParam(value: string): string | null {
  const plain = value.replace(/%([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  // One spelling per value: a name that is not what `escapeParam` writes reaches no channel.
  return escapeParam(plain) === value ? plain : null
}

const paramPattern = /\{([A-Za-z][A-Za-z0-9_]*)\}/g

function readParams(pattern: string): string[] {
  const names = [...pattern.matchAll(paramPattern)].map((found) => found[1] as string)
  const literals = pattern.split(paramPattern).filter((_, index) => index % 2 === 0)
  const adjacent = literals.slice(1, -1).some((literal) => !/[:/]/.test(literal))
  const badLiteral = literals.some((literal) => !/^[A-Za-z0-9_.:/-]*$/.test(literal))
  const openEnd = literals.some((literal, index) => index > 0 && literal !== '' && !/^[:/]/.test(literal))
  if (pattern === '' || badLiteral || adjacent || openEnd || new Set(names).size !== names.length)
    throw new TypeError(
      `channel pattern "${pattern}" is not valid: use letters, digits, "_ . - : /" and {parameters}, each followed by ":", "/" or the end, no name twice`,
    )
  for (const name of names) refuseReserved('parameter', name)
  return names
}

// What inherits from it inherits nothing, and has a shape that others share, unlike `Object.create(null)`.
const bare = Object.create(null) as object

/** Compiles a pattern such as `mill:{millId}`. Parameters are escaped, so none can reach another channel (CHN6). */
export function channelPattern<const P extends string>(pattern: P): ChannelPattern<P> {
  const names = readParams(pattern)
  const source = pattern
    .split(paramPattern)
    .map((part, index) => (index % 2 === 0 ? part.replace(/[.\\/-]/g, '\\$&') : '([^:/]+)'))
    .join('')
  const matcher = new RegExp(`^${source}$`)

  return {
    pattern,
    format(params) {
      const given = params as Readonly<Record<string, string | number | undefined>>
      const name = pattern.replace(paramPattern, (_, key: string) => {
        const value = Object.hasOwn(given, key) ? given[key] : undefined
        const valid = typeof value === 'string' ? value !== '' : Number.isSafeInteger(value)
        if (!valid)
          throw new MillraceError('invalid_payload', `channel "${pattern}" needs a non-empty parameter "${key}"`, {
            faults: [{ path: key, message: 'must be a non-empty string or a whole number' }],
          })
        return escapeParam(String(value))
      })
      if (name.length > maxChannelNameLength)
        throw new MillraceError(
          'invalid_payload',
          `channel "${pattern}" has a name of ${name.length} characters; ${maxChannelNameLength} is the limit`,
        )
      return name as ChannelName
    },
    match(name) {
      if (name.length > maxChannelNameLength) return null
      const found = matcher.exec(name)
      if (found === null) return null
      const params = Object.create(bare) as Record<string, string>
      for (const [index, key] of names.entries()) {
        const value = unescapeParam(found[index + 1] as string)
        if (value === null) return null
        params[key] = value
      }
      // Holds: every parameter name of the pattern was assigned above.
      return params as MatchedParams<P>
    },
  }
}
