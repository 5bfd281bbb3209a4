import { testContract, within } from '@millrace-tests/support'
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
