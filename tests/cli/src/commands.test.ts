import { expect, it } from 'vitest'
import { apiKey, millProject, serve } from './mill-project.ts'

it('[CON1] writes the AsyncAPI document, and opens nothing for it', async () => {
  // Nobody listens there.
  await using project = millProject({ store: "'postgres://127.0.0.1:1/x'", broker: "'redis://127.0.0.1:1'" })
  const { code, out, err } = await project.run(['asyncapi'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(JSON.parse(out)).toMatchObject({ asyncapi: '3.0.0', info: { title: 'Mill' } })
})

it('[AUTH2] makes no token in production unless it is forced to', async () => {
  await using project = millProject()
  const production = { env: { NODE_ENV: 'production' } }
  const refused = await project.run(['token', '--user', 'asha', '--tenant', 'acme'], production)
  expect(refused).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/NODE_ENV is production.*: add --force where that is meant\n$/),
  })
  expect((await project.run(['token', '--user', 'asha', '--tenant', 'acme', '--force'], production)).out).toMatch(
    /^[\w-]+\.[\w-]+\.[\w-]+\n$/,
  )
})

it('[CHN1] ends a tail that may not hear the channel, and one that nobody reads any more', async () => {
  await using project = millProject()
  const { url, stop } = await serve(project)
  const asTenant = ['--url', url, '--config', 'millrace.config.ts', '--tenant', 'acme']
  expect(await project.run(['tail', 'office', ...asTenant])).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^millrace: denied: /),
  })
  expect(await project.run(['tail', 'mill:7', '--url', url, '--token', 'nonsense'])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^millrace: auth_invalid: /),
  })

  const tail = project.start(['tail', 'mill:7', ...asTenant])
  await tail.line(/^following mill:7$/)
  tail.hangUp()
  await project.run(['publish', 'mill:7', 'purchase:created', '{"id":"1","kg":1}', '--url', url, '--key', apiKey])
  expect(await tail.ended).toMatchObject({ code: 0, signal: null, err: 'following mill:7\n' })
  expect(await stop()).toBe(0)
})
