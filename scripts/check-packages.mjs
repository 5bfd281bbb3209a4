// Looks at the built packages as their users will: what is packed, what the types say, how much a page has to load.
import { manifest, publishedPackages } from './lib/packages.mjs'
import { run } from './lib/run.mjs'

let faults = 0
function report(title, { code, output }) {
  console.log(`${code === 0 ? 'ok    ' : 'FAULT '} ${title}`)
  if (code !== 0) console.log(output)
  if (code !== 0) faults++
}

for (const folder of publishedPackages()) {
  const { name, exports } = manifest(folder)
  const entries = Object.keys(exports).map((path) => JSON.stringify(name + path.slice(1)))
  report(
    `${name}: loads`,
    await run('node', ['--input-type=module', '--eval', entries.map((entry) => `await import(${entry})`).join('\n')]),
  )
  report(`${name}: publint`, await run('publint', [folder, '--strict']))
  report(`${name}: types`, await run('attw', ['--pack', folder, '--profile', 'esm-only', '--no-color']))
}

const sizes = await run('size-limit', ['--json'])
report('sizes', sizes)
if (sizes.code === 0)
  for (const { name, size, sizeLimit } of JSON.parse(sizes.output))
    report(`${name}: ${(size / 1000).toFixed(1)} of ${(sizeLimit / 1000).toFixed(1)} kB gzipped`, {
      code: size > 0 ? 0 : 1,
      output: 'nothing was measured',
    })

process.exitCode = faults === 0 ? 0 : 1
