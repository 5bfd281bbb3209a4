import { expect, it } from 'vitest'
import { config, contract, millProject, serve } from './mill-project.ts'
import { openProject } from './node/project.ts'

const configurationExit = 78

it('[HLT1] [HLT3] serves health and metrics, and drains on SIGTERM with exit code 0', async () => {
  await using project = millProject()
  const { url, stop } = await serve(project)
  expect((await fetch(`${url}/health/ready`)).status).toBe(200)
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('millrace_connections')
  expect((await fetch(`${url}/elsewhere`)).status).toBe(404)
  expect((await fetch(`${url}/v1/publish`, { method: 'POST' })).status).toBe(401)
  expect(await stop()).toBe(0)
})

it('[HLT3] ends at once on a second signal', async () => {
  // Stands for whatever does not end in time.
  const store = '() => ({ ...memoryStore(), close: () => new Promise(() => setInterval(() => {}, 1_000)) })'
  await using project = millProject()
  project.add('millrace.config.ts', `import { memoryStore } from '@millrace/server'\n${config({ store })}`)
  const server = project.start(['serve'])
  await server.line(/"listening"/)
  server.signal('SIGINT')
  await server.line(/"ended"/)
  server.signal('SIGTERM')
  expect((await server.ended).code).toBe(143)
})

it('[OPS3] stops with one line that names the setting and the mend', async () => {
  await using project = millProject()
  const refused = async (settings: Readonly<Record<string, string>>) => {
    project.add('millrace.config.ts', config(settings))
    const { code, err } = await project.run(['serve'])
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: configurationExit, lines: 1 })
    return err.trim()
  }
  expect(await refused({ orgins: '[]' })).toBe('millrace: millrace.config.ts: orgins is not known: did you mean "origins"?')
  expect(await refused({ store: 'process.env.NOT_SET' })).toMatch(/store is undefined: set the environment variable/)
  expect(await refused({ auth: "{ secret: 'short' }" })).toMatch(/auth\.secret has fewer than 32 bytes: set a random one/)
  expect(await refused({ store: "'postgres://u:hunter2@127.0.0.1:1/x'" })).toMatch(/127\.0\.0\.1:1 cannot be reached .*: start PostgreSQL/)
  expect(await refused({ broker: "'redis://:hunter2@127.0.0.1:1'" })).toMatch(/127\.0\.0\.1:1.*cannot be reached(?!.*hunter2)/)
  expect(await refused({ contract: '(() => { throw new Error("a fault\\nof mine") })()' })).toMatch(/could not be loaded \(a fault\)/)
})

it('[OPS3] says that there is no configuration, and that the port is taken', async () => {
  await using empty = openProject()
  const nothing = await empty.run(['serve'])
  expect(nothing.err).toMatch(/^millrace: --config is not given, and there is no millrace\.config\.ts here: write one/)
  expect((await empty.run(['serve', '--config', 'other.ts'])).err).toMatch(/--config names .*other\.ts, which is not there/)

  await using project = millProject()
  const { url, stop } = await serve(project)
  const second = await project.run(['serve', '--port', new URL(url).port])
  expect(second).toMatchObject({ code: configurationExit, out: '' })
  expect(second.err).toMatch(/^millrace: http\.port 127\.0\.0\.1:\d+ is taken: stop the other program, or set another with --port\n$/)
  expect(await stop()).toBe(0)
})

it('[OPS3] tells a wrong command line with what was probably meant, and shows where an error comes from when asked', async () => {
  await using project = openProject({ 'contract.ts': contract, 'millrace.config.ts': 'throw new Error("mine")' })
  expect(await project.run(['serve', '--prot', '1'])).toMatchObject({
    code: 2,
    err: "millrace: unknown option '--prot' (Did you mean --port?)\n",
  })
  expect(await project.run(['sreve'])).toMatchObject({ code: 2, err: "millrace: unknown command 'sreve' (Did you mean serve?)\n" })
  expect((await project.run(['serve', '--verbose'])).err).toMatch(
    /millrace\.config\.ts could not be loaded \(mine\).*\n(.*\n)* +at .*millrace\.config\.ts/,
  )
  const help = await project.run(['--help'])
  expect(help.code).toBe(0)
  expect(help.out).toMatch(/serve \[options\] +run the standalone server/)
})
