import { existsSync, readdirSync, readFileSync } from 'node:fs'
import './repository.mjs'

/** The folders of the packages that are published, those that others build on first. */
export function publishedPackages() {
  const folders = readdirSync('packages')
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(`${folder}/package.json`) && existsSync(`${folder}/src/index.ts`) && manifest(folder).private !== true)
  const named = new Map(folders.map((folder) => [manifest(folder).name, folder]))
  const ordered = new Set()
  const add = (folder) => {
    const { dependencies = {}, peerDependencies = {} } = manifest(folder)
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) if (named.has(name)) add(named.get(name))
    ordered.add(folder)
  }
  for (const folder of folders) add(folder)
  return [...ordered]
}

export function manifest(folder) {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
}
