import { openRawSession, pause, testContract, within } from '@millrace-tests/support'
import { describe, expect, it } from 'vitest'
import { asha, listen, openYard, publish } from './yard.ts'

const mill = testContract.channels.mill({ millId: '7' })

describe('identity', () => {
  it('[AUTH4] keeps every subscription through refreshes in band, and repeats or loses nothing', async () => {
    await using yard = await openYard()
    const member = yard.join(asha, { expiresInMs: 60_000 })
    const listener = await listen(member, '7')
    const connectionId = () => {
      const snapshot = member.client.connection.getSnapshot()
      return snapshot.state === 'live' ? snapshot.connectionId : snapshot.state
    }
    const before = connectionId()
    const expected: string[] = []
    for (let minute = 0; minute < 5; minute++) {
      expected.push(...(await publish(yard, '7', `minute-${minute}-`, 10)))
      let passed = 0
      await yard.pass('a minute', () => ++passed > 60, { stepMs: 1_000 })
    }
    await listener.hears('minute-4-10')
    expect(connectionId()).toBe(before)
    expect(listener.ids).toEqual(expected)
    expect(listener.loads.all).toHaveLength(1)
    expect(member.errors.all).toEqual([])
  })

  it('[AUTH4] ends the rights of an expired token within two seconds', async () => {
    await using yard = await openYard()
    const session = await yard.raw({ ...asha, expiresInMs: 60_000 })
    const stock = await yard.raw({ ...asha, expiresInMs: 60_000 }, { stock: true })
    await yard.clock.advance(59_000)
    await publish(yard, '7', 'in-time-', 1)
    await within(
      2_000,
      'the last one',
      stock.events.find(({ event }) => event === 'purchase:created'),
    )
    await yard.clock.advance(3_000)
    await within(2_000, 'both are gone', Promise.all([session.socket.closed, stock.socket.closed]))
    await publish(yard, '7', 'too-late-', 1)
    const purchases = stock.events.all.filter(({ event }) => event === 'purchase:created')
    expect(purchases.map(({ args: [data] }) => (data as { id: string }).id)).toEqual(['in-time-1'])
    expect(session.events.all.find(({ event }) => event === 'mr:disconnect')?.args).toMatchObject([{ code: 'token_expired', retry: true }])
  })

  it('[AUTH4] hears nothing more from an expired connection that does not read its goodbye', async () => {
    await using yard = await openYard({ limits: { outboundMaxBytes: 64_000_000 } })
    const session = await yard.raw({ ...asha, expiresInMs: 60_000 }, { stock: true })
    session.socket.pauseReading()
    const ref = testContract.channels.user({ userId: 'asha' })
    // More than the kernel takes, so that the goodbye cannot leave.
    const text = 'x'.repeat(100_000)
    for (let count = 0; count < 200; count++) {
      await yard.server.rt.publish(ref, 'note', { text })
      await pause(0)
    }
    await yard.clock.advance(61_000)
    session.tell('buy', { millId: '7', purchase: { id: 'late', kg: 1 } })
    // Another connection's request goes the same way, so that the first one has come.
    const other = await yard.raw(asha)
    expect(await other.ask('buy', { millId: '7', purchase: { id: 'in-time', kg: 1 } })).toEqual({ ok: true, data: { offset: 1 } })
    await yard.pass('it is hung up on', () => connectionsOf(yard.server.log.lines) === 1, { maxMs: 10_000 })
  })

  it('[AUTH4] takes no refresh with a token of somebody else, or of another tenant', async () => {
    await using yard = await openYard()
    const session = await yard.raw(asha)
    for (const other of [
      { ...asha, userId: 'ravi' },
      { ...asha, tenant: 'other' },
    ]) {
      const reply = await session.ask('mr:refresh', { token: await yard.server.mint(other) })
      expect(reply).toMatchObject({ ok: false })
    }
    expect(await session.ask('mr:refresh', { token: 'garbage' })).toMatchObject({ ok: false, error: { code: 'auth_invalid' } })
    expect(await session.ask('echo', { text: 'still here' })).toEqual({ ok: true, data: { text: 'still here', userId: 'asha' } })
  })

  it('[AUTH4] ends with a refresh what the new token may no longer hear', async () => {
    await using yard = await openYard({ assign: () => [] })
    const session = await yard.raw(asha)
    expect(await session.ask('mr:subscribe', { channel: mill.name })).toMatchObject({ ok: true })
    const token = await yard.server.mint({ ...asha, claims: { mills: [] } })
    expect(await session.ask('mr:refresh', { token })).toMatchObject({ ok: true })
    const ended = await within(
      2_000,
      'the end',
      session.events.find(({ event }) => event === 'mr:unsubscribed'),
    )
    expect(ended.args).toMatchObject([{ channel: 'mill:7', error: { code: 'denied' } }])
    await publish(yard, '7', 'secret-', 1)
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    expect(session.events.all.filter(({ event }) => event === 'mr:pub')).toEqual([])
  })

  it('[AUTH1] tells an SDK client why it was refused, and lets it be', async () => {
    await using yard = await openYard({ loadUser: () => ({ active: false }) })
    const member = yard.join(asha)
    const { connection } = member.client
    await yard.pass('the refusal', () => connection.getSnapshot().state === 'refused')
    expect(connection.getSnapshot()).toMatchObject({ state: 'refused', code: 'auth_inactive' })
  })

  it('[AUTH6] lets pages of allowed origins alone begin', async () => {
    await using yard = await openYard({ origins: ['https://mill.example'] })
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${yard.server.url}/socket.io/?EIO=4&transport=polling`, { headers })).status
    expect(await status({})).toBe(200)
    expect(await status({ origin: 'https://mill.example' })).toBe(200)
    expect(await status({ origin: yard.server.url })).toBe(200)
    expect(await status({ origin: 'https://evil.example' })).toBe(403)
    expect(await status({ origin: 'https://mill.example.evil.example' })).toBe(403)
    expect(await status({ origin: 'null' })).toBe(403)
  })

  it('[AUTH3] takes no token from the address', async () => {
    await using yard = await openYard()
    const token = await yard.server.mint(asha)
    const query = `EIO=4&transport=websocket&token=${token}&auth[token]=${token}`
    const session = await openRawSession({ url: yard.server.url, auth: {}, query })
    expect(session.refusal).toMatchObject({ data: { code: 'auth_required' } })
    session.socket.destroy()
  })

  it('sends away, for good, whom the application revokes', async () => {
    await using yard = await openYard()
    const member = yard.join(asha)
    const session = await yard.raw(asha)
    await member.live()
    await yard.server.rt.revoke('asha')
    await within(2_000, 'the end', session.socket.closed)
    const { connection } = member.client
    await yard.pass('the end', () => connection.getSnapshot().state === 'refused')
    expect(connection.getSnapshot()).toMatchObject({ state: 'refused', code: 'revoked' })
  })
})

/** Connections that began and did not end, by the log. */
function connectionsOf(lines: readonly { readonly message: string }[]): number {
  const count = (message: string) => lines.filter((line) => line.message === message).length
  return count('connected') - count('disconnected')
}
