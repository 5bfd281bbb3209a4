import {
  canStartPostgres,
  canStartRedis,
  type PrivatePostgres,
  type PrivateRedis,
  startPrivatePostgres,
  startPrivateRedis,
} from '@millrace-tests/support'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiKey, config, millProject, secret, serve } from './mill-project.ts'

interface Finding {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly mend?: string
}

describe.runIf(canStartPostgres && canStartRedis)('the command line on PostgreSQL and Redis', () => {
  let postgres: PrivatePostgres
  let redis: PrivateRedis
  beforeAll(async () => {
    postgres = await startPrivatePostgres()
    redis = await startPrivateRedis()
  })
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]()
    await redis[Symbol.asyncDispose]()
  })
  const settings = () => ({ store: `'${postgres.url}'`, broker: `'${redis.url}'` })

  it('[OPS3] brings the schema up to date, says so, and check sees it', async () => {
    await using project = millProject(settings())
    const findings = async (): Promise<{ code: number | null; of(name: string): Finding | undefined }> => {
      const { code, out } = await project.run(['check', '--json'])
      // Holds: what check writes for programs.
      const list = (JSON.parse(out) as { findings: Finding[] }).findings
      return { code, of: (name) => list.find((finding) => finding.name === name) }
    }
    const before = await findings()
    expect(before.code).toBe(0)
    expect(before.of('schema')).toMatchObject({ status: 'warn', message: 'there are no tables yet' })
    expect(before.of('clock')?.status).toBe('ok')
    expect(before.of('broker')).toMatchObject({ status: 'ok', message: `redis://127.0.0.1:${redis.port}: a message went round` })

    expect((await project.run(['migrate', '--dry-run'])).out).toMatch(/would go from version 0 to \d+/)
    expect((await findings()).of('schema')?.status).toBe('warn')
    expect((await project.run(['migrate'])).out).toMatch(/from version 0 to \d+/)
    expect((await project.run(['migrate'])).out).toMatch(/is of version \d+, nothing to do/)
    expect((await findings()).of('schema')?.status).toBe('ok')
  })

  it('[OPS3] says what is not there, with exit code 1', async () => {
    await using project = millProject({
      store: "'postgres://u:hunter2@127.0.0.1:1/x'",
      broker: "'redis://:hunter2@127.0.0.1:1'",
      policy: '{}',
    })
    const { code, out } = await project.run(['check'])
    expect(code).toBe(1)
    expect(out).toMatch(/^fail +store .*127\.0\.0\.1:1 cannot be reached .*: start PostgreSQL/m)
    expect(out).toMatch(/^fail +broker .*127\.0\.0\.1:1/m)
    expect(out).toMatch(/^warn +policy +nobody may hear "mill" \(mill:\{millId\}\): add policy\.mill/m)
    expect(out).not.toContain('hunter2')
    expect(out).not.toContain('\u001b')
  })

  it('[DLV1] shows what is published on one node to who follows on another, once, through a restart', async () => {
    await using project = millProject(settings())
    const [first, second] = [await serve(project), await serve(project)]
    const publishes = async (id: string) => {
      const data = JSON.stringify({ id, kg: 1 })
      const { code, out, err } = await project.run(['publish', 'mill:7', 'purchase:created', '-', '--url', first.url], {
        env: { MILLRACE_API_KEY: apiKey },
        input: data,
      })
      expect({ code, err }).toEqual({ code: 0, err: '' })
      return out
    }
    expect(await publishes('a')).toMatch(/"offset":1/)
    const token = (
      await project.run(['token', '--secret-env', 'SECRET', '-u', 'asha', '-t', 'acme'], { env: { SECRET: secret } })
    ).out.trim()
    const follower = project.start(['tail', 'mill:7', '--url', second.url, '--from', '0'], { env: { MILLRACE_TOKEN: token } })
    await follower.line(/"offset":1\b/)
    await publishes('b')
    await follower.line(/"offset":2\b/)

    expect(await second.stop()).toBe(0)
    await follower.line(/^no connection \(.*\), trying again$/)
    await publishes('c')
    const again = await serve(project, ['--port', new URL(second.url).port])
    await follower.line(/"offset":3\b/)
    expect(follower.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).data.id)).toEqual(['a', 'b', 'c'])
    follower.signal('SIGINT')
    expect(await follower.ended).toMatchObject({ code: 0, signal: null })

    // Through store and broker, without a server of its own.
    const other = project.start(['tail', 'mill:7', '--url', first.url], { env: { MILLRACE_TOKEN: token } })
    await other.line(/^following mill:7$/)
    expect((await project.run(['publish', 'mill:7', 'purchase:created', '{"id":"d","kg":1}'])).code).toBe(0)
    await other.line(/"offset":4\b/)
    await Promise.all([first.stop(), again.stop()])
  })

  it('[LOG4] publishes through the configuration once, whatever fails in the data', async () => {
    await using project = millProject(settings())
    const publish = (json: string, ...more: string[]) => project.run(['publish', 'office', 'note:written', json, ...more])
    expect((await publish('"x"', '--idempotency-key', 'k')).out).toBe((await publish('"x"', '--idempotency-key', 'k')).out)
    expect(await publish('{')).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^millrace: the data is not JSON/) })
    expect(await publish('7')).toMatchObject({ code: 1, err: expect.stringMatching(/^millrace: invalid_payload: /) })
    project.add('millrace.config.ts', config({ ...settings(), store: "'memory:'" }))
    expect((await publish('"x"')).err).toMatch(/in the memory of the server.*: publish with --url and --key/)
  })
})
