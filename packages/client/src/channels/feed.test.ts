import { describe, expect, it } from 'vitest'
import { mill } from '../testing/mill-contract.ts'
import { startClient } from '../testing/start-client.ts'
import type { LoadContext } from './feed.ts'

const ref = mill.channels.mill({ millId: 7 })

/** A loader whose answers the test gives. */
function loader() {
  const calls: (LoadContext & { readonly resolve: () => void; readonly reject: () => void })[] = []
  const load = (context: LoadContext): Promise<void> =>
    new Promise((resolve, reject) => calls.push({ ...context, resolve, reject: () => reject(new Error('no snapshot')) }))
  return { calls, load }
}

function listen(options: Parameters<typeof startClient>[0] = {}) {
  const started = startClient(options)
  const { calls, load } = loader()
  const heard: string[] = []
  const stop = started.client.channel(ref).subscribe({
    load,
    on: {
      'purchase:created': ({ id }) => heard.push(id),
      'typing:start': () => heard.push('typing'),
      'dashboard:stats': () => heard.push('stats'),
    },
    onGap: ({ why }) => heard.push(`gap ${why}`),
  })
  const publish = (...ids: string[]): void => {
    for (const id of ids) started.server.publish(ref.name, 'purchase:created', { id, kg: 1 })
  }
  return { ...started, calls, heard, stop, publish }
}

describe('the first snapshot', () => {
  it('[REC4] is loaded once the subscription is live, and the stream waits for it', async () => {
    const { calls, heard, publish, server, settle } = listen()
    expect(calls).toHaveLength(0)
    await settle()
    expect(calls).toMatchObject([{ why: 'initial', position: { epoch: 'e1', offset: 0 } }])
    publish('a', 'b')
    server.retain(ref.name, 'dashboard:stats', '', { total: 1 })
    server.signal(ref.name, 'typing:start', { user: { id: 'ravi' } })
    await settle()
    // What is volatile waits for nothing.
    expect(heard).toEqual(['typing'])
    calls[0]?.resolve()
    await settle()
    expect(heard).toEqual(['typing', 'a', 'b', 'stats'])
    publish('c')
    await settle()
    expect(heard.at(-1)).toBe('c')
  })

  it('holds back nobody else on the channel', async () => {
    const { client, heard, publish, settle } = listen()
    const others: string[] = []
    client.channel(ref).on('purchase:created', ({ id }) => others.push(id))
    await settle()
    publish('a')
    await settle()
    expect([others, heard]).toEqual([['a'], []])
  })

  it('is loaded for a consumer that comes to a channel that is live', async () => {
    const { client, calls, publish, settle } = listen()
    await settle()
    calls[0]?.resolve()
    publish('a')
    await settle()
    const second = loader()
    client.channel(ref).subscribe({ load: second.load })
    await settle()
    expect(second.calls).toMatchObject([{ why: 'initial', position: { offset: 1 } }])
  })

  it('is loaded again with backoff when that fails, and what is held is kept', async () => {
    const { calls, heard, publish, clock, errors, settle } = listen()
    await settle()
    publish('a')
    calls[0]?.reject()
    await settle()
    expect(errors).toMatchObject([{ error: { message: 'no snapshot' }, context: { during: 'load', channel: ref.name } }])
    publish('b')
    await clock.advance(999)
    expect(calls).toHaveLength(1)
    await clock.advance(1)
    expect(calls).toHaveLength(2)
    calls[1]?.resolve()
    await settle()
    expect(heard).toEqual(['a', 'b'])
  })

  it('is loaded again when more came than is held', async () => {
    const { calls, heard, publish, settle } = listen({ maxHeldPublications: 2 })
    await settle()
    publish('a', 'b', 'c', 'd')
    await settle()
    calls[0]?.resolve()
    await settle()
    expect(calls[1]).toMatchObject({ why: 'overflow', position: { offset: 4 } })
    publish('e')
    calls[1]?.resolve()
    await settle()
    expect(heard).toEqual(['e'])
  })

  it('is not waited for by a consumer that has gone', async () => {
    const { calls, heard, publish, stop, clock, settle } = listen()
    await settle()
    publish('a')
    stop()
    expect(calls[0]?.signal.aborted).toBe(true)
    calls[0]?.resolve()
    await clock.advance(1_000)
    expect(heard).toEqual([])
    expect(clock.pending).toBe(0)
  })
})

describe('after a gap', () => {
  it('[DLV1][REC4] loads once more, from where live publications continue', async () => {
    const { calls, heard, publish, server, clock, settle } = listen()
    await settle()
    calls[0]?.resolve()
    publish('a')
    await settle()
    server.cut()
    publish('b', 'c')
    server.trim(ref.name)
    await clock.advance(1_000)
    expect(calls[1]).toMatchObject({ why: 'expired', position: { epoch: 'e1', offset: 3 } })
    publish('d')
    await settle()
    expect(heard).toEqual(['a', 'gap expired'])
    calls[1]?.resolve()
    await settle()
    expect(heard).toEqual(['a', 'gap expired', 'd'])
    expect(calls).toHaveLength(2)
  })

  it('[LOG6] loads when the log was lost', async () => {
    const { calls, heard, publish, server, clock, settle } = listen()
    await settle()
    calls[0]?.resolve()
    publish('a')
    await settle()
    server.restart(ref.name)
    publish('b')
    await clock.advance(1_000)
    expect(calls[1]).toMatchObject({ why: 'new-epoch', position: { epoch: 'e2', offset: 1 } })
    expect(heard).toEqual(['a', 'gap new-epoch'])
  })

  it('drops the load that is under way for one from the new position', async () => {
    const { calls, heard, publish, server, clock, settle } = listen()
    await settle()
    publish('a')
    await settle()
    server.cut()
    publish('b')
    server.trim(ref.name)
    await clock.advance(1_000)
    expect(calls[0]?.signal.aborted).toBe(true)
    calls[0]?.resolve()
    await settle()
    expect(heard).toEqual(['gap expired'])
    publish('c')
    calls[1]?.resolve()
    await settle()
    expect(heard).toEqual(['gap expired', 'c'])
  })

  it('keeps a load that is under way through a break that is recovered', async () => {
    const { calls, heard, publish, server, clock, settle } = listen()
    await settle()
    publish('a')
    await settle()
    server.cut()
    publish('b')
    await clock.advance(1_000)
    expect(calls).toHaveLength(1)
    calls[0]?.resolve()
    await settle()
    expect(heard).toEqual(['a', 'b'])
  })
})

it("loads another user's snapshot when somebody else has signed in", async () => {
  const { calls, server, clock, settle } = listen()
  await settle()
  calls[0]?.resolve()
  await settle()
  server.publish(ref.name, 'purchase:created', { id: 'a', kg: 1 })
  await settle()
  server.user = { id: 'ravi', roles: [] }
  server.cut()
  await clock.advance(1_000)
  expect(server.socket.received[0]?.payload).toEqual({ channel: ref.name })
  expect(calls[1]).toMatchObject({ why: 'initial', position: { offset: 1 } })
})
