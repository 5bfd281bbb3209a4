import { createClient } from '@millrace/client'
import { testSecret } from '@millrace/server/testing'
import { eventually, mintToken, openRawSession, recorder, testContract, within } from '@millrace-tests/support'
import { startTestProcess } from '@millrace-tests/support/server'
import { expect, it } from 'vitest'

const asha = mintToken(testSecret, { sub: 'asha', tenant: 'acme', mills: ['7'] })

it('[HLT3] ends on SIGTERM with exit code 0, and clients go on with the next process', async () => {
  const first = await startTestProcess({})
  const client = createClient({ contract: testContract, url: first.url, token: () => asha, random: () => 0, onError: () => {} })
  const heard = recorder<string>()
  const loads = recorder<string>()
  client.channel(testContract.channels.mill({ millId: '7' })).subscribe({
    on: { 'purchase:created': ({ id }) => heard.push(id) },
    load: ({ why }) => loads.push(why),
  })
  await within(5_000, 'the subscription', loads.count(1))
  const stalled = await openRawSession({ url: first.url, auth: { token: asha } })
  stalled.socket.pauseReading()
  const publish = (server: typeof first, id: string) =>
    server.publish({ channel: 'mill:7', event: 'purchase:created', data: { id, kg: 1, note: 'x'.repeat(50_000) } })
  for (let n = 0; n < 10; n++) await publish(first, `before-${n}`)

  first.child.signal('SIGTERM')
  expect(await within(8_000, 'the end', first.child.exited)).toEqual({ code: 0, signal: null })
  expect(heard.all).toHaveLength(10)
  const { state } = client.connection.getSnapshot()
  expect(state).toBe('reconnecting')

  const second = await startTestProcess({ port: first.port, controlPort: first.controlPort })
  await within(10_000, 'the load that follows the loss of a store in memory', loads.count(2))
  await publish(second, 'after')
  await eventually('the next publication', () => heard.all.includes('after'))
  expect(loads.all).toEqual(['initial', 'new-epoch'])
  client.close()
  stalled.socket.destroy()
  await second.child.kill()
})
