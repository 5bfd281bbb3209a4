/** Tells a visit that comes back from a new one; remembers the last `max` that were seen. */
export interface SeenSessions {
  /** Whether the session was seen before in this namespace; it has been from now on. */
  seen(namespace: string, session: string): boolean
}

export function seenSessions(max: number): SeenSessions {
  /** Seen longest ago first. */
  const known = new Set<string>()
  return {
    seen(namespace, session) {
      // A client of several namespaces has one session in all of them. A namespace holds no space.
      const key = `${namespace} ${session}`
      const before = known.delete(key)
      known.add(key)
      const [oldest] = known
      if (known.size > max && oldest !== undefined) known.delete(oldest)
      return before
    },
  }
}
