// After a change of dependencies: adds to the lock file the platform packages that this machine's registry does not have, so that `npm ci` takes the
// file everywhere. They are pinned by their parent's exact version; what such a package says of itself is in its name.
import { missingOptional, platformOf, readLock, writeLock } from './lib/lock.mjs'

const lock = readLock()
const missing = missingOptional(lock)
for (const { name, version, neededBy } of missing) {
  const platform = platformOf(name)
  if (platform === null || !/^\d+\.\d+\.\d+$/.test(version))
    throw new Error(`${name}@${version}, needed by ${neededBy}: its platform or version cannot be told; add it by hand`)
  const { dev } = lock.packages[neededBy]
  lock.packages[`node_modules/${name}`] = { version, ...platform, ...(dev && { dev }), optional: true }
}
if (missing.length > 0) writeLock(lock)
console.log(`lock file: ${missing.length} platform packages added`)
