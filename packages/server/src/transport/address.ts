/**
 * The address that limits count for. `proxies` is how many proxies of our own a connection comes through: each has added its peer's address at
 * the end of `X-Forwarded-For`, and only what they added can be believed.
 */
export function addressOf(peer: string, forwardedFor: string | readonly string[] | undefined, proxies: number): string {
  if (proxies === 0 || forwardedFor === undefined) return peer
  const hops = (typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',')).split(',').map((hop) => hop.trim())
  return hops[Math.max(0, hops.length - proxies)] || peer
}
