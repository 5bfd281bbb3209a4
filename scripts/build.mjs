// Builds the packages that are published into their `dist`: ES modules and type declarations, one entry per export.
import { build } from 'tsdown'
import { manifest, publishedPackages } from './lib/packages.mjs'

const only = new Set(process.argv.slice(2))
for (const folder of publishedPackages()) {
  if (only.size > 0 && !only.has(folder)) continue
  const { name, exports, bin = {} } = manifest(folder)
  const started = performance.now()
  await build({
    cwd: folder,
    config: false,
    entry: { ...entriesOf(exports), ...commandsOf(bin) },
    format: 'esm',
    // Nothing of a dependency is bundled, so this decides only that Node's own modules stay imports.
    platform: 'node',
    target: 'es2023',
    dts: true,
    clean: true,
    fixedExtension: false,
    logLevel: 'warn',
    tsconfig: 'tsconfig.json',
  })
  console.log(`built ${name} in ${Math.round(performance.now() - started)} ms`)
}

/** `./wire` with `dist/wire/index.js` becomes the entry `wire/index`, from the source that the export names. */
function entriesOf(exports) {
  const built = Object.values(exports).filter((entry) => entry['millrace-source'] !== undefined)
  return Object.fromEntries(
    built.map((entry) => [entry.default.replace(/^\.\/dist\//, '').replace(/\.js$/, ''), entry['millrace-source'].replace(/^\.\//, '')]),
  )
}

/** A command's `./dist/bin.js` becomes the entry `bin`, from `src/bin.ts`. */
function commandsOf(bin) {
  const names = Object.values(bin).map((path) => path.replace(/^\.\/dist\//, '').replace(/\.js$/, ''))
  return Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]))
}
