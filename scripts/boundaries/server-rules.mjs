import { targetOf } from './source.mjs'

const root = 'packages/server/src/'
/** They put the parts together, and may know each of them. */
const assemblers = new Set(['hub', 'testing'])
/** Folders that a folder may know beyond the others' ports. */
const knows = {
  auth: ['node'],
  ingress: ['limits', 'node', 'observe'],
  sqlite: ['jobs', 'leases', 'log', 'outbox', 'inbox', 'alerts', 'node'],
  postgres: ['broker', 'jobs', 'leases', 'log', 'outbox', 'inbox', 'alerts', 'node'],
  redis: ['broker', 'node'],
}
/** Files at the top that put things together: no part may know them. */
const top = new Set(['hub.ts', 'index.ts', 'server.ts'])

/** Yields `{ line, message }` for each import between the folders of packages/server/src that is not allowed. */
export function* serverRules(source) {
  if (!source.path.startsWith(root) || source.test) return
  const [folder, ...inside] = source.path.slice(root.length).split('/')
  if (inside.length === 0 || assemblers.has(folder)) return
  for (const { specifier, line } of source.imports) {
    const target = targetOf(source, specifier)
    if (target === null || !target.startsWith(root)) continue
    const [other, ...rest] = target.slice(root.length).split('/')
    if (other === folder || knows[folder]?.includes(other)) continue
    if (rest.length === 0) {
      if (top.has(other)) yield { line, message: `${folder}/ must not import ${other}, which puts the parts together` }
    } else if (rest.join('/') !== 'port.ts' && `${other}/${rest.join('/')}` !== 'observe/logger.ts')
      yield { line, message: `${folder}/ must not import ${other}/${rest.join('/')}: use its port, or let hub/ put the two together` }
  }
}
