import { describe, expect, it } from 'vitest'
import { startClient } from './testing/start-client.ts'

describe('a request', () => {
  it('answers the reply', async () => {
    const { client, server } = startClient()
    server.handle = (name, input) => ({ total: name === 'request:dashboard' && input !== null ? 7 : 0 })
    await expect(client.request('request:dashboard', { millId: '7' })).resolves.toEqual({ total: 7 })
  })

  it('rejects with the code of the server, also one of a later version', async () => {
    const { client, server, settle } = startClient()
    server.handle = () => {
      throw new Error('not your mill')
    }
    await expect(client.request('ping')).rejects.toMatchObject({
      name: 'MillraceError',
      code: 'denied',
      message: 'not your mill',
      retry: false,
    })
    const later = client.request('ping').catch((error: unknown) => error)
    server.socket.received.at(-1)?.fail({ code: 'code_of_2030', message: 'new', retry: true })
    await settle()
    expect(await later).toMatchObject({ code: 'code_of_2030', retry: true })
  })

  it('waits for the connection, in order', async () => {
    const { client, server, clock, settle } = startClient({ script: { mode: 'hand' } })
    const asked = ['1', '2', '3'].map((millId) => client.request('request:dashboard', { millId }))
    await clock.advance(3_000)
    server.socket.welcome()
    server.travel('down')
    await settle()
    expect(server.socket.received.map(({ payload }) => payload)).toEqual([{ millId: '1' }, { millId: '2' }, { millId: '3' }])
    for (const { reply } of server.socket.received) reply({ total: 1 })
    server.travel('down')
    expect(await Promise.all(asked)).toHaveLength(3)
    expect(clock.pending).toBe(0)
  })

  it('ends as disconnected when it was never sent, and as timeout when no answer came', async () => {
    const { client, server, clock, settle } = startClient({ script: { mode: 'hand' } })
    const unsent = client.request('ping', undefined, { timeoutMs: 2_000 }).catch((error: unknown) => error)
    await clock.advance(2_000)
    expect(await unsent).toMatchObject({ code: 'disconnected' })
    server.socket.welcome()
    server.travel('down')
    const unanswered = client.request('ping').catch((error: unknown) => error)
    await clock.advance(15_000)
    expect(await unanswered).toMatchObject({ code: 'timeout' })
    // An answer that comes after all is nobody's.
    server.socket.received.at(-1)?.reply('late')
    server.travel('down')
    await settle()
    expect(clock.pending).toBe(0)
  })

  it('ends as disconnected when the connection breaks before the answer', async () => {
    const { client, server, settle } = startClient({ script: { mode: 'hand' } })
    client.connect()
    await settle()
    server.socket.welcome()
    server.travel('down')
    const asked = client.request('ping').catch((error: unknown) => error)
    server.cut()
    expect(await asked).toMatchObject({ code: 'disconnected', message: expect.stringContaining('may have been carried out') })
  })

  it('is not taken when too many wait', async () => {
    const { client, clock } = startClient({ script: { mode: 'hand' }, maxWaitingRequests: 2 })
    const results = ['1', '2', '3'].map((millId) => client.request('request:dashboard', { millId }).then(String, (error: unknown) => error))
    expect(await results[2]).toMatchObject({ code: 'disconnected' })
    await clock.advance(15_000)
    expect(await Promise.all(results)).toHaveLength(3)
  })

  it('is refused while the connection is, and works again after connect()', async () => {
    const { client, server, settle } = startClient()
    server.admit = () => ({ code: 'auth_inactive', message: 'not active', retry: false })
    server.handle = () => 'pong'
    const waiting = client.request('ping').catch((error: unknown) => error)
    await settle()
    expect(await waiting).toMatchObject({ code: 'disconnected', details: { cause: 'auth_inactive' } })
    await expect(client.request('ping')).rejects.toMatchObject({ code: 'disconnected' })
    expect(server.sockets).toHaveLength(1)
    server.admit = () => null
    client.connect()
    await expect(client.request('ping')).resolves.toBe('pong')
  })
})
