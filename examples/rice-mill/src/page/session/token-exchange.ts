import type { Grant } from './grant.ts'

export interface TokenExchange {
  /** `used` has been exchanged for the tokens of `grant`. */
  tell(used: string, grant: Grant): void
}

/**
 * A refresh token is good for one use. A window that was duplicated has the same one as its twin: whichever uses it tells
 * the other what it got.
 */
export function joinTokenExchange(onExchanged: (used: string, grant: Grant) => void): TokenExchange {
  const channel = new BroadcastChannel('rice-mill:tokens')
  // Holds: only this function sends on the channel.
  channel.onmessage = ({ data }: MessageEvent<{ used: string; grant: Grant }>) => onExchanged(data.used, data.grant)
  return { tell: (used, grant) => channel.postMessage({ used, grant }) }
}
