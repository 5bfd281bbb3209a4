import { ConfigurationError } from '../configuration-error.ts'

const hostPattern = /^[A-Za-z0-9._:[\]-]+$/

function sameHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin) || !hostPattern.test(host)) return false
  const { protocol, host: originHost, origin: spelled } = new URL(origin)
  if (spelled !== origin || (protocol !== 'https:' && protocol !== 'http:')) return false
  // Parsed with the same scheme, so that its default port may be spelled out or not.
  const served = `${protocol}//${host}`
  return URL.canParse(served) && new URL(served).host === originHost
}

/**
 * Whether a request may connect (AUTH6). Without an `Origin` it does not come from a browser's page; a page of the host
 * itself may; any other only if its origin is listed, letter by letter. `null` (sandboxed frames, local files) never may.
 */
export function originAllowed(origin: string | undefined, host: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined) return true
  if (origin === 'null') return false
  return allowed.includes(origin) || (host !== undefined && sameHost(origin, host))
}

/** The `origins` setting, checked; throws `ConfigurationError`. */
export function validOrigins(origins: readonly string[]): readonly string[] {
  for (const [index, origin] of origins.entries())
    if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s*]+$/.test(origin))
      throw new ConfigurationError(
        `origins.${index}`,
        `"${origin}" is not an origin`,
        'write scheme, host and port as browsers send them, such as https://app.example.com',
      )
  return origins
}
