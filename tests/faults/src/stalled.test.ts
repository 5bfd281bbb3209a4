import { testSecret } from '@millrace/server/testing'
import { eventually, mintToken, pause, rawFrame, tempFolder } from '@millrace-tests/support'
import { startTestProcess } from '@millrace-tests/support/server'
import { expect, it } from 'vitest'
import { readAccount } from './hostile/account.ts'
import { gatherCrowd } from './hostile/crowd.ts'
import { startSdkReader, startStockReader } from './hostile/signal-reader.ts'

const channel = 'mill:7'
const tokenOf = (sub: string) => mintToken(testSecret, { sub, tenant: 'acme', mills: ['7'] })
/** A machine that does other things, too. */
const patience = { ms: 20_000 }
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

it('[BP2] [BP1] holds a thousand stalled readers at their bound, and everybody else hears all', async () => {
  const stalled = 1_000
  const bound = 20_000
  await using folder = await tempFolder('stalled')
  const unixSocket = `${folder.path}/server.sock`
  const server = await startTestProcess({ unixSocket, limits: { outboundMaxBytes: bound }, logLevel: 'warn' })
  await using crowd = gatherCrowd()
  const reader = (sub: string) => ({ url: server.url, token: tokenOf(sub), millId: '7' })
  const healthy = await Promise.all([
    ...['a', 'b'].map((sub) => startSdkReader(reader(sub))),
    ...['c', 'd'].map((sub) => startStockReader(reader(sub))),
  ])
  const before = await readAccount(server)
  expect(before.connections).toBe(healthy.length)
  const peers = await crowd.openMany(stalled, { at: { path: unixSocket }, auth: { token: tokenOf('mallory') } })
  for (const peer of peers) peer.stopReading()
  expect((await readAccount(server)).connections).toBe(before.connections + stalled)

  // Volatile events: all are held at the bound, and stay.
  let sent = 0
  let most = 0
  for (; sent < 400; sent += 10) {
    await server.flood({ channel, event: 'scale:moved', from: sent, count: 10, padBytes: 2_000 })
    most = Math.max(most, (await readAccount(server)).queueBytes)
  }
  const full = await readAccount(server)
  expect(full.blocked).toBe(stalled)
  expect(full.connections).toBe(before.connections + stalled)
  expect(most).toBeGreaterThan(0.9 * bound * stalled)
  expect(most).toBeLessThanOrEqual(bound * stalled)
  expect(Object.keys(full.verdicts)).toEqual(['mill volatile dropped'])

  // Half of them go: so does what waited for them.
  for (const peer of peers.splice(0, stalled / 2)) peer.destroy()
  await eventually(
    'half of them are gone',
    async () => (await readAccount(server)).connections === before.connections + stalled / 2,
    patience,
  )
  const half = await readAccount(server)
  expect(half.queueBytes).toBeLessThanOrEqual((bound * stalled) / 2)

  // Durable ones end the others.
  for (let from = 0; from < 20; from += 2) await server.flood({ channel, event: 'purchase:created', from, count: 2, padBytes: 2_000 })
  await eventually('the others are gone', async () => (await readAccount(server)).connections === before.connections, patience)
  const after = await readAccount(server)
  expect(after).toMatchObject({ queueBytes: 0, blocked: 0, subscriptions: before.subscriptions, reconnects: 0 })
  expect(after.disconnects.slow_consumer).toBe(stalled / 2)
  expect(await server.unixConnections()).toBe(0)

  for (const { name, readings, visits } of healthy) {
    await eventually(`${name} hears the last`, () => readings.at(-1) === sent - 1, patience)
    expect(readings).toEqual(upTo(sent))
    expect(visits).toBe(1)
  }
  expect(server.child.alive).toBe(true)
  for (const each of healthy) each.close()
  await server.child.kill()
})

it('[BP1] notices by the heartbeat a peer that never answers, and lets it go with what waited for it', async () => {
  const silent = 50
  const bound = 50_000
  await using folder = await tempFolder('silent')
  const unixSocket = `${folder.path}/server.sock`
  const heartbeat = { intervalMs: 1_000, timeoutMs: 1_000 }
  const server = await startTestProcess({ unixSocket, heartbeat, limits: { outboundMaxBytes: bound }, logLevel: 'warn' })
  await using crowd = gatherCrowd()
  const healthy = await startSdkReader({ url: server.url, token: tokenOf('a'), millId: '7' })
  const options = { at: { path: unixSocket }, auth: { token: tokenOf('mallory') }, answersPings: false }
  // Half of them do not read either: a network that went away in silence.
  for (const [index, peer] of (await crowd.openMany(silent, options)).entries()) if (index % 2 === 0) peer.stopReading()
  // One that answers and does not read is no such peer.
  const alive = await crowd.open({ ...options, auth: { token: tokenOf('ravi') } })
  alive.stopReading()

  let sent = 0
  let most = 0
  await eventually(
    'they are let go',
    async () => {
      await alive.write(rawFrame('3'))
      await server.flood({ channel, event: 'scale:moved', from: sent, count: 5, padBytes: 10_000 })
      sent += 5
      const { queueBytes, connections } = await readAccount(server)
      most = Math.max(most, queueBytes)
      await pause(50)
      return connections === 2
    },
    patience,
  )
  expect(most).toBeGreaterThan(0.5 * bound * (silent / 2))
  expect(most).toBeLessThanOrEqual(bound * (silent / 2 + 1))
  expect((await readAccount(server)).disconnects['ping timeout']).toBe(silent)
  // They still hold their ends; the server has none any more, and keeps none of what they have not read.
  await eventually('their sockets are closed', async () => (await server.unixConnections()) === 1, patience)
  expect(alive.isOpen).toBe(true)
  alive.destroy()
  await eventually('nothing waits', async () => (await readAccount(server)).queueBytes === 0, patience)
  await eventually('the last reading', () => healthy.readings.at(-1) === sent - 1, patience)
  expect(healthy.readings).toEqual(upTo(sent))
  healthy.close()
  await server.child.kill()
})
