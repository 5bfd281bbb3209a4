import { packageOf, targetOf } from './source.mjs'

/** Which of our packages each package may import. */
const allowed = {
  contract: [],
  server: ['contract'],
  client: ['contract'],
  react: ['client', 'contract'],
  vue: ['client', 'contract'],
  console: ['client', 'contract', 'react'],
  cli: ['server', 'client', 'contract'],
}
/** Packages that run in browsers too. */
const anywhere = new Set(['contract', 'client', 'react', 'vue'])

const socketServer = new Set(['socket.io', 'engine.io', 'socket.io-adapter', 'socket.io-parser', 'engine.io-parser', 'ws'])
const socketClient = new Set(['socket.io-client', 'engine.io-client'])

/** Yields `{ line, message }` for each import that leaves its package in a direction that is not allowed. */
export function* packageRules(source) {
  const [top, name, third, folder] = source.path.split('/')
  const inPackage = top === 'packages'
  const home = top === 'scripts' || top === 'bench' ? top : `${top}/${name}`
  for (const { specifier, line, typeOnly } of source.imports) {
    const fault = (message) => ({ line, message })
    const target = targetOf(source, specifier)
    const external = packageOf(specifier)

    if (target !== null && !target.startsWith(`${home}/`)) yield fault(`"${specifier}" leaves ${home}: import the package by its name`)
    if (/^@millrace[^/]*\/[^/]+\/(src|dist)(\/|$)/.test(specifier))
      yield fault(`"${specifier}" reaches into another package: import what it exports`)
    if (!inPackage) continue

    const ours = /^@millrace\/([^/]+)/.exec(specifier)?.[1]
    if (ours !== undefined && ours !== name && !(allowed[name] ?? []).includes(ours))
      yield fault(`packages/${name} must not import @millrace/${ours}`)
    if (/^@millrace-(tests|examples|bench)\//.test(specifier)) yield fault(`a package must not import "${specifier}"`)

    if (source.test) continue
    if (anywhere.has(name) && specifier.startsWith('node:') && !/\/(node|testing)\//.test(source.path))
      yield fault(`packages/${name} runs in browsers: "${specifier}" belongs in a folder named node`)
    if (socketServer.has(external ?? '') && !(name === 'server' && third === 'src' && folder === 'transport'))
      yield fault(`"${specifier}" is known to packages/server/src/transport alone`)
    if (socketClient.has(external ?? '') && name !== 'client') yield fault(`"${specifier}" is known to packages/client alone`)
    if (name === 'contract' && external === 'zod' && folder !== 'wire' && !typeOnly)
      yield fault('the contract works with any schema library: zod is for wire/ alone')
  }
}
