import { mill } from '../src/testing/mill-contract.ts'
import { scriptedServer } from '../src/testing/scripted-server.ts'
import { startClient } from '../src/testing/start-client.ts'
const ref = mill.channels.mill({ millId: 1 })
const server = scriptedServer({ mode: 'hand' })
const { client, clock, errors } = startClient({ server })
const log = (...a: unknown[]) => console.log(...a, client.connection.getSnapshot().state, client.channel(ref).status.getSnapshot().state, server.sockets.length, 'up', (server.socket as any)?.up?.length, 'down', (server.socket as any)?.down?.length)
client.channel(ref).on('purchase:created', (d, p) => console.log('GOT', p.position))
await clock.advance(0); log('start')
const t = async (d: 'up'|'down', n = 100) => { server.travel(d, n); await clock.advance(0); log(d) }
await t('up', 1)
server.socket.welcome(); await t('down', 1)
await clock.advance(31000); log('31')
await t('up', 1); await t('up', 1)
server.publish(ref.name, 'purchase:created', { id: '1', kg: 1 })
for (let i = 0; i < 6; i++) { if (client.connection.getSnapshot().state !== 'live') server.socket.welcome(); for (let k=0;k<3;k++) { await t('up'); await t('down') } await clock.advance(31000); log('adv') }
server.publish(ref.name, 'purchase:created', { id: '1', kg: 1 })
await t('down')
