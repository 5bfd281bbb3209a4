import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { recorder, type TempFolder, tempFolder, within } from '@millrace-tests/support'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { execArgv } from '../src/server/start/exec-argv.ts'
import { findNginx } from '../src/server/start/nginx.ts'
import { signIn } from './support/api.ts'

const folder = fileURLToPath(new URL('..', import.meta.url))

/** The real program, as `npm start` starts it. */
function startProgram(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { INIT_CWD: _, ...inherited } = process.env
  const child: ChildProcess = spawn(process.execPath, [...execArgv, 'src/main.ts', ...args], {
    cwd: folder,
    env: { ...inherited, NODE_OPTIONS: '', HOST: '127.0.0.1', PORT: '0', STEP_MS: '20', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = [recorder<string>(), recorder<string>()]
  if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', (line) => out.push(line))
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => err.push(line))
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  return {
    out,
    err,
    exited,
    signal: (name: NodeJS.Signals) => child.kill(name),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

describe('the program', () => {
  let data: TempFolder
  beforeEach(async () => {
    data = await tempFolder('erpmax-start')
  })
  afterEach(() => data[Symbol.asyncDispose]())

  it('[HLT3] runs with nothing but Node, says what it found, stops on SIGTERM, and starts again with everything still there', async () => {
    for (const time of ['first', 'second']) {
      await using program = startProgram(['--embedded'], { DATA_DIR: data.path })
      const opened = await within(
        25_000,
        `open for the ${time} time`,
        program.out.find((line) => line.includes('http://localhost:')),
      )
      expect(program.out.all.slice(0, 3).map((line) => line.split(' ')[0])).toEqual(['PostgreSQL', 'Redis', 'RabbitMQ'])
      const url = `http://127.0.0.1:${/localhost:(\d+)/.exec(opened)?.[1]}`
      const lena = await signIn(url, 'lena@acme.test')
      if (time === 'first') await lena.data(lena.post('/users', { name: 'Kim', email: 'kim@acme.test', password: 'millrace' }))
      expect(await lena.data(lena.get('/users'))).toHaveLength(3)
      program.signal('SIGTERM')
      expect(await program.exited).toEqual({ code: 0, signal: null })
      expect(program.err.all).toEqual([])
    }
  }, 80_000)

  it.each([
    ['PORT', 'http', 'PORT is "http": give a whole number from 0 to 65535'],
    ['JWT_SECRET', 'short', 'JWT_SECRET is too short: give at least 32 characters'],
    ['ENVIRONMENT', 'moon', 'ENVIRONMENT is "moon": give one of development, production'],
    [
      'DATABASE_URL',
      'mysql://x',
      'DATABASE_URL is not an address that can be used: write it such as postgres://user:password@localhost:5432/erpmax',
    ],
    [
      'RABBITMQ_URL',
      'amqp://x:secret@127.0.0.1:1',
      /^RABBITMQ_URL cannot be reached \((?!.*secret).*\): start RabbitMQ, or leave the setting out$/,
    ],
    [
      'REDIS_HOST',
      '127.0.0.1',
      /^Redis at 127\.0\.0\.1:1 cannot be reached \(.*\): start it, or set REDIS_HOST, REDIS_PORT or ENVIRONMENT$/,
    ],
    ['API_KEY', 'k'.repeat(32), 'API_TENANTS is missing: list the tenants that the API key is for'],
  ])('[OPS3] names in one line the setting that is wrong: %s', async (name, value, message) => {
    await using program = startProgram(['--embedded'], { DATA_DIR: data.path, REDIS_PORT: '1', [name]: value })
    expect(await program.exited).toEqual({ code: 1, signal: null })
    expect(program.err.all).toHaveLength(1)
    const said = program.err.all[0]?.replace('ERPMax cannot start: ', '')
    if (typeof message === 'string') expect(said).toBe(message)
    else expect(said).toMatch(message)
  })

  it.runIf(findNginx() !== null)('[OPS3] says in one line that several nodes need PostgreSQL', async () => {
    await using program = startProgram(['--embedded', '--nodes', '2'], { DATA_DIR: data.path })
    expect(await program.exited).toEqual({ code: 1, signal: null })
    expect(program.err.all).toEqual([
      'ERPMax cannot start: several nodes need PostgreSQL, which was not found: start it, set DATABASE_URL, or start without --nodes',
    ])
  })
})
