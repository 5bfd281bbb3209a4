const reservedPrefix = /^(\$|mr:)/
const socketIoReserved = new Set(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'])

const maxEventNameLength = 128

/**
 * Throws for a name that Socket.IO, the SDK's own messages or JavaScript objects use: `constructor` looked up in an
 * application's table of handlers finds a function that nobody wrote.
 */
export function refuseReserved(kind: 'channel' | 'event' | 'request' | 'parameter', name: string): void {
  if (name === '' || name.length > maxEventNameLength)
    throw new TypeError(`${kind} "${name.slice(0, 32)}" has a name of ${name.length} characters: use 1 to ${maxEventNameLength}`)
  if (reservedPrefix.test(name) || socketIoReserved.has(name) || Object.hasOwn(Object.prototype, name))
    throw new TypeError(`${kind} "${name}" is a reserved name: choose another`)
}

/** A copy that has no keys but its own, so that a name from outside finds a declared entry or nothing. */
export function onlyOwn<T extends object>(map: T): T {
  // Holds: every own key of `map` is copied, and T declares no others.
  return Object.freeze(Object.assign(Object.create(null) as object, map)) as T
}
