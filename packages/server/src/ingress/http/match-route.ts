import { invalidPayload } from '@millrace/contract'
import type { Route } from './routes.ts'

export interface RouteMatch {
  /** Those of the path, one per method. */
  readonly routes: readonly Route<unknown>[]
  /** What stands for the path's parameter, decoded; '' where it has none. Throws `invalid_payload` where it cannot be read. */
  named(): string
}

/** Finds the routes of a path; null where none is ours, and others may answer. */
export function routeMatcher(routes: readonly Route<unknown>[]): (path: string) => RouteMatch | null {
  const table = routes.map((route) => ({ route, segments: route.path.split('/') }))
  return (path) => {
    const parts = path.split('/')
    const found = table.filter(
      ({ segments }) =>
        segments.length === parts.length && segments.every((segment, index) => segment.startsWith('{') || segment === parts[index]),
    )
    const [first] = found
    if (first === undefined) return null
    const raw = parts[first.segments.findIndex((segment) => segment.startsWith('{'))] ?? ''
    return { routes: found.map(({ route }) => route), named: () => decoded(raw) }
  }
}

function decoded(raw: string): string {
  try {
    return decodeURIComponent(raw)
  } catch {
    throw invalidPayload('the path', [{ path: '', message: 'is not encoded as URLs are' }])
  }
}
