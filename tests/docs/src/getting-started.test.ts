import { eventually } from '@millrace-tests/support'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSamples, type Samples } from './node/samples.ts'

let samples: Samples
beforeEach(async () => {
  samples = await openSamples('getting-started')
})
afterEach(() => samples.close())

it('[DLV1] shows two people the same purchases, once each, also around a server that is killed', async () => {
  const server = samples.run('server.ts')
  await eventually('the server', async () => (await fetch(`${samples.url}/health`).catch(() => null))?.ok === true, { ms: 20_000 })
  const people = ['asha', 'ravi'].map((user) => samples.run('client.ts', { args: [user] }))
  const [asha, ravi] = people
  await Promise.all(people.map((person) => person.line(/\(live\)/)))
  asha?.write('400')
  await Promise.all(people.map((person) => person.line(/^no\. 1: asha bought 400 kg$/)))
  asha?.write('-1')
  await asha?.line(/the input of "buy" is not valid: kg: /)

  await server.kill('SIGKILL')
  await Promise.all(people.map((person) => person.line(/\(reconnecting\)/)))
  ravi?.write('500')
  samples.run('server.ts')
  await Promise.all(people.map((person) => person.line(/^no\. 2: ravi bought 500 kg$/)))
  ravi?.write('600')
  await Promise.all(people.map((person) => person.line(/^no\. 3: /)))
  for (const { lines } of people)
    expect(lines.filter((line) => line.startsWith('no.')).map((line) => line.slice(4, 5))).toEqual(['1', '2', '3'])
}, 120_000)
