import { channel, defineContract, event, request } from '@millrace/contract'
import { z } from 'zod'
import { systemClock } from '../../server/src/node/clock.ts'
import { startTestServer } from '../../server/src/testing/index.ts'
import { createClient, upsert } from '../src/index.ts'

const contract = defineContract({
  channels: {
    mill: channel('mill:{millId}', {
      events: {
        'purchase:created': event(z.object({ id: z.string() })),
        stats: event(z.object({ key: z.string(), n: z.number() }), { delivery: 'retained', key: (s) => s.key }),
        'typing:start': event(z.object({ user: z.object({ id: z.string(), name: z.string() }) }), { delivery: 'volatile' }),
        'typing:stop': event(z.object({ user: z.object({ id: z.string(), name: z.string() }) }), { delivery: 'volatile' }),
      },
      presence: z.object({ screen: z.string() }),
      typing: { start: 'typing:start', stop: 'typing:stop' },
    }),
  },
  requests: { echo: request(z.string(), z.string()), now: request(z.undefined(), z.number()) },
  direct: { connected: event(z.object({ message: z.string() })) },
})
const s = await startTestServer({
  contract,
  clock: systemClock,
  policy: { mill: ({ params }) => params.millId !== 'no' },
  assign: () => [contract.channels.mill({ millId: 'a' })],
  onConnect: (c) => c.send('connected', { message: 'hi' }),
  handlers: { echo: (x) => x, now: () => 5 },
})
const make = async (sub: string) => {
  const token = await s.mint({ userId: sub, name: sub } as never)
  return createClient({ contract, url: s.url, token: () => token })
}
const a = await make('ann')
const b = await make('bob')
const ref = contract.channels.mill({ millId: 'a' })
a.on('connected', (d) => console.log('direct', d))
a.connection.subscribe(() => console.log('a', JSON.stringify(a.connection.getSnapshot())))
a.channel(ref).on('purchase:created', (d, p) => console.log('a got', d, p.position?.offset))
const list = a.liveList(ref, { load: () => [{ id: 'x' }], key: (r) => r.id, apply: { 'purchase:created': (d) => upsert(d) } })
list.subscribe(() => console.log('list', list.getSnapshot().status, [...list.getSnapshot().rows.keys()]))
const ret = a.retained(ref, 'stats')
ret.subscribe(() => console.log('ret', ret.getSnapshot().value))
console.log(await a.request('echo', 'hey'), await a.request('now'))
await s.rt.publish(ref, 'purchase:created', { id: '1' })
await s.rt.publish(ref, 'stats', { key: 'k', n: 1 })
const pa = a.presence(ref)
pa.subscribe(() => console.log('a presence', JSON.stringify(pa.getSnapshot())))
const pb = b.presence(ref)
pb.subscribe(() => console.log('b presence', JSON.stringify(pb.getSnapshot())))
pb.join({ screen: 's' })
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms))
await sleep(300)
const ta = a.typing(ref)
ta.subscribe(() => console.log('typing', JSON.stringify(ta.getSnapshot())))
b.typing(ref).start()
await sleep(200)
const ja = pa.join({ screen: 'q' })
await sleep(200)
ja.update({ screen: 'r' })
await sleep(200)
ja.leave()
await sleep(300)
a.inbox.subscribe(() =>
  console.log('inbox', a.inbox.getSnapshot().status, a.inbox.getSnapshot().unread, a.inbox.getSnapshot().notifications.length),
)
await sleep(200)
await s.rt.notify({ user: 'ann' }, { type: 't', title: 'T', message: 'M' })
await sleep(100)
await a.inbox.markRead(a.inbox.getSnapshot().notifications.map((n) => n.id))
await sleep(100)
await a.channel(contract.channels.mill({ millId: 'no' })).on('purchase:created', () => {})
await sleep(200)
// break
for (const c of (s as any).http._connections ? [1] : []) void c
;(s.http as any).closeAllConnections()
await s.rt.publish(ref, 'purchase:created', { id: '2' })
await sleep(2500)
a.close()
b.close()
await s.close()
console.log('done')
