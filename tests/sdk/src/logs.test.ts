import { testContract } from '@millrace-tests/support'
import { behaviour } from '@millrace-tests/support/server'
import { describe, expect, it } from 'vitest'
import { asha, openYard } from './yard.ts'

const secret = 'CANARY-payload'

describe('logs', () => {
  it('[OPS2] hold no token and no payload, whatever goes wrong, and name the connection', async () => {
    await using yard = await openYard({
      handlers: {
        ...behaviour.handlers,
        echo: () => {
          throw new Error(`echo failed on ${secret}`)
        },
        buy: () => ({ offset: secret as unknown as number }),
        forbidden: () => ({}),
        broken: () => Promise.reject({ secret }),
      },
      policy: {
        mill: () => {
          throw new Error(`no database for ${secret}`)
        },
      },
      assign: () => [],
      limits: { messagesPerConnection: { perSecond: 1, burst: 40 } },
    })
    const tokens = [await yard.server.mint(asha), await yard.server.mint({ ...asha, expiresInMs: -5_000 })]
    const session = await yard.raw(asha)
    await session.ask('echo', { text: secret })
    await session.ask('echo', { text: [secret] })
    await session.ask('buy', { millId: secret, purchase: { id: secret, kg: 1 } })
    await session.ask('broken', { secret })
    await session.ask(secret, { secret })
    await session.ask('mr:subscribe', { channel: secret })
    await session.ask('mr:subscribe', { channel: 'mill:7', presence: { state: { status: secret } } })
    await session.ask('mr:presence-update', { channel: 'mill:7', state: secret })
    await session.ask('mr:inbox-list', { cursor: secret })
    for (const token of [...tokens, `${secret}.${secret}.${secret}`]) await session.ask('mr:refresh', { token })
    await yard.server.rt.publish(testContract.channels.mill({ millId: '7' }), 'purchase:created', { id: secret, kg: 1 })
    await yard.server.rt.publish(testContract.channels.mill({ millId: '7' }), 'purchase:created', { id: [secret] } as never).catch(() => {})
    await yard.server.rt.notify({ user: 'asha' }, { type: 'x', title: secret, message: secret })
    for (let count = 0; count < 60; count++) session.tell('echo', { text: secret })
    await session.ask('echo', { text: secret })

    const { lines } = yard.server.log
    const text = JSON.stringify(lines)
    expect(lines.length).toBeGreaterThan(5)
    expect(text).not.toContain(secret)
    for (const token of tokens) for (const part of token.split('.')) expect(text).not.toContain(part)
    const failed = lines.filter(({ level }) => level === 'error')
    expect(failed.length).toBeGreaterThan(0)
    for (const { message, fields } of failed.filter(({ message }) => message === 'a handler failed'))
      expect([message, fields]).toMatchObject([message, { connectionId: expect.any(String), reference: expect.any(String) }])
  })
})
