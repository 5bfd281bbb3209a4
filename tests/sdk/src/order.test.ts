import { nextTurn, testContract, within } from '@millrace-tests/support'
import { expect, it } from 'vitest'
import { asha, openYard, ravi } from './yard.ts'

const mill = testContract.channels.mill({ millId: '7' })

it('[DLV4] keeps the order of direct messages, broadcasts and answers to one connection', async () => {
  const handles: { send(event: 'note', data: { text: string }): void }[] = []
  await using yard = await openYard({ onConnect: (connection) => void handles.push(connection) })
  for (const stock of [true, false]) {
    const session = await yard.raw(asha, { stock })
    await session.ask('mr:subscribe', { channel: mill.name })
    const handle = handles.at(-1)
    const expected: string[] = []
    for (let n = 0; n < 200; n++) {
      const text = `${n}`
      expected.push(text)
      if (n % 3 === 0) handle?.send('note', { text })
      else if (n % 3 === 1) await yard.server.rt.publish(mill, 'purchase:created', { id: text, kg: 1 })
      else await yard.server.rt.publish(mill, 'scale:moved', { kg: n })
    }
    await within(
      5_000,
      'all of them',
      session.events.find(({ args }) => JSON.stringify(args).includes('199')),
    )
    const texts = session.events.all.map(({ event, args: [data] }) => {
      const payload = (event === 'mr:pub' ? (data as { d: unknown }).d : data) as { text?: string; id?: string; kg?: number }
      return payload.text ?? payload.id ?? String(payload.kg)
    })
    expect(texts.filter((text) => /^\d+$/.test(text))).toEqual(expected)
    session.socket.destroy()
  }
})

it('[DLV4] keeps the order in each of two namespaces that share a connection', async () => {
  const handles: { readonly namespace: string; send(event: 'note', data: { text: string }): void }[] = []
  await using yard = await openYard({ onConnect: (connection) => void handles.push(connection) })
  const admin = { ...asha, roles: ['ADMIN'] }
  const main = await yard.raw(admin, { stock: true })
  const other = await main.enter('/admin', { token: await yard.server.mint(admin) })
  const expected = new Map<string, string[]>([
    ['/', []],
    ['/admin', []],
  ])
  for (let n = 0; n < 300; n++) {
    // Ten of each turn.
    if (n % 10 === 0) await nextTurn()
    const text = `${n}`
    if (n % 3 === 0) {
      const handle = handles[n % 2]
      expected.get(handle?.namespace ?? '')?.push(text)
      handle?.send('note', { text })
      continue
    }
    for (const texts of expected.values()) texts.push(text)
    if (n % 3 === 1) await yard.server.rt.publish(mill, 'purchase:created', { id: text, kg: 1 })
    else await yard.server.rt.publish(mill, 'scale:moved', { kg: n })
  }
  for (const [namespace, session] of [
    ['/', main],
    ['/admin', other],
  ] as const) {
    expect(await session.ask('echo', { text: 'x' })).toMatchObject({ ok: true })
    const heard = session.events.all.map(({ args: [data] }) => {
      const { text, id, kg } = data as { text?: string; id?: string; kg?: number }
      return text ?? id ?? String(kg)
    })
    expect(heard).toEqual(expected.get(namespace))
  }
})

it('[DLV3] has stored a publication when its publisher hears so, and shows it to the publisher too', async () => {
  await using yard = await openYard()
  const [buyer, other] = [yard.join(asha), yard.join(ravi)]
  const heard: string[] = []
  other.client.channel(mill).on('purchase:created', ({ id }, { actor }) => heard.push(`${id} by ${actor?.name}`))
  await yard.pass('a live subscription', () => other.client.channel(mill).status.getSnapshot().state === 'live')
  for (let n = 1; n <= 20; n++) {
    const { offset } = await buyer.client.request('buy', { millId: '7', purchase: { id: `p${n}`, kg: n } })
    expect(offset).toBe(n)
  }
  await yard.pass('all of them', () => heard.length === 20)
  expect(heard.at(-1)).toBe('p20 by Asha')
})
