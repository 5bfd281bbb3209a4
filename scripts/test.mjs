// npm test: every check there is, one after the other. Nothing stops it early; what failed is told again at the end.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { manifest } from './lib/packages.mjs'
import { run } from './lib/run.mjs'
import { findChromium, hasPythonSocketIo } from './lib/system.mjs'

const ci = process.env.CI === 'true'
const results = 'artefacts/results'
rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })

const failures = []
const skipped = []
const tests = { passed: 0, failed: 0 }
const began = performance.now()
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** Runs one check under a header. `live` shows its output while it runs; otherwise only where it failed. */
async function check(title, program, args, { live = false, env } = {}) {
  console.log(`\n== ${title}`)
  const started = performance.now()
  const { code, output } = await run(program, args, { env, onOutput: live ? (chunk) => process.stdout.write(chunk) : undefined })
  if (code !== 0 && !live) console.log(output.trimEnd())
  console.log(`-- ${title}: ${code === 0 ? 'ok' : 'FAILED'}, ${seconds(started)}`)
  if (code !== 0) failures.push(title)
  return code
}

function skip(what, howToGetIt) {
  skipped.push(`skipped: ${what}. To run it: ${howToGetIt}`)
  if (ci) failures.push(`${what} (nothing may be skipped where CI=true)`)
}

/** Adds what a test runner wrote to its result file; a runner that wrote none has failed as a whole. */
function count(title, code, file, read) {
  const counted = existsSync(file) ? read(JSON.parse(readFileSync(file, 'utf8'))) : { passed: 0, failed: 0 }
  tests.passed += counted.passed
  tests.failed += counted.failed
  // A runner can fail without a failed test: an error outside of one, or no tests at all.
  if (code !== 0 && counted.failed > 0) failures.splice(failures.indexOf(title), 1, `${title}: ${counted.failed} tests`)
}

await check('format and lint', 'biome', ['check', '--error-on-warnings', '.'])
await check('types', 'tsc', ['-b'])
await check('boundaries', 'node', ['scripts/check-boundaries.mjs'])
await check('workspace', 'node', ['scripts/check-workspace.mjs'])
await check('rules and their tests', 'node', ['scripts/spec.mjs'])
await check('unused code', 'knip', ['--no-progress', '--no-config-hints'])
const built = await check('build', 'node', ['scripts/build.mjs'])
if (built === 0) await check('packages as published', 'node', ['scripts/check-packages.mjs'])

if (!hasPythonSocketIo())
  skip('python-socketio against the server', 'apt-get install -y python3-socketio python3-aiohttp python3-websocket python3-requests')
const vitestFile = `${results}/vitest.json`
const vitest = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestFile}`]
const unit = await check('tests', 'vitest', vitest, { live: true })
count('tests', unit, vitestFile, ({ numPassedTests, numFailedTests }) => ({ passed: numPassedTests, failed: numFailedTests }))

if (existsSync('tests/e2e/package.json') && manifest('tests/e2e').scripts?.test) {
  const chromium = findChromium()
  if (chromium === null) skip('the pages in a browser', 'apt-get install -y chromium, or set CHROMIUM_PATH')
  else {
    const file = `${process.cwd()}/${results}/playwright.json`
    const env = { CHROMIUM_PATH: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: file }
    const pages = await check('pages in a browser', 'npm', ['test', '-w', '@millrace-tests/e2e', '--', '--reporter=list,json'], {
      live: true,
      env,
    })
    count('pages in a browser', pages, file, ({ stats }) => ({ passed: stats.expected, failed: stats.unexpected + stats.flaky }))
  }
}

console.log(`\n== ${failures.length === 0 ? 'all good' : 'FAILED'}, ${seconds(began)} in all`)
for (const line of skipped) console.log(line)
for (const failure of failures) console.log(`failed: ${failure}`)
process.exitCode = failures.length === 0 ? 0 : 1
// A check that failed counts as one, so that this line alone says whether all is well.
const checks = failures.filter((failure) => !/: \d+ tests$/.test(failure)).length
console.log(`${tests.passed} passed, ${tests.failed + checks} failed`)
