import { ConfigurationError } from '../configuration-error.ts'

const pathPattern = /^(\/[A-Za-z0-9._~-]+)+$/

/** The `path` setting, checked: where Socket.IO is served, the first of them first. Throws `ConfigurationError`. */
export function validPaths(path: string | readonly string[]): readonly [string, ...string[]] {
  const paths = (typeof path === 'string' ? [path] : path).map((given) => given.replace(/\/$/, ''))
  const [first, ...others] = paths
  if (first === undefined) throw new ConfigurationError('path', 'is an empty list', 'give at least one path, such as /socket.io')
  for (const each of paths) {
    if (!pathPattern.test(each))
      throw new ConfigurationError('path', `"${each}" is not a path`, 'write it such as /socket.io or /ws/socket.io')
    // Otherwise the one would take the other's requests.
    const taker = paths.find((other, index) => paths.indexOf(each) !== index && `${each}/`.startsWith(`${other}/`))
    if (taker !== undefined || paths.filter((other) => other === each).length > 1)
      throw new ConfigurationError('path', `"${each}" is served by "${taker ?? each}" already`, 'give paths of which none contains another')
  }
  return [first, ...others]
}

export interface NamespaceSetting {
  readonly aliasOf?: string
  readonly admit?: unknown
}

/** Each name that a client may ask for, with the namespace that it stands for. Throws `ConfigurationError`. */
export function namespaceNames(namespaces: Readonly<Record<string, NamespaceSetting>>): ReadonlyMap<string, string> {
  const names = new Map([['/', '/']])
  for (const [name, { aliasOf, admit }] of Object.entries(namespaces)) {
    const setting = `namespaces["${name}"]`
    if (!/^\/[^?#\s,]*$/.test(name)) throw new ConfigurationError(setting, 'is not a name', 'write it with a leading slash, such as /admin')
    names.set(name, aliasOf ?? name)
    if (aliasOf === undefined) continue
    if (name === '/' || admit !== undefined)
      throw new ConfigurationError(setting, 'stands for another namespace', 'leave `admit` to that one, and `/` as it is')
    if (aliasOf !== '/' && (!Object.hasOwn(namespaces, aliasOf) || namespaces[aliasOf]?.aliasOf !== undefined))
      throw new ConfigurationError(
        `${setting}.aliasOf`,
        `"${aliasOf}" is no namespace of its own`,
        'name `/` or one that is declared without `aliasOf`',
      )
  }
  return names
}

/** Requests for a further path are requests for the first: one engine serves them all, and a session that was begun at one goes on at any. */
export function toFirstPath([first, ...others]: readonly [string, ...string[]]): (request: { url?: string | undefined }) => void {
  return (request) => {
    const { url } = request
    const other = url === undefined ? undefined : others.find((path) => url.startsWith(`${path}/`) || url.startsWith(`${path}?`))
    if (url !== undefined && other !== undefined) request.url = first + url.slice(other.length)
  }
}
