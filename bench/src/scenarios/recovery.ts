import { type RawClient, rawClient } from '../load/raw-client.ts'
import type { ServerProcess } from '../processes.ts'
import type { Scenario } from '../scenario.ts'

const missed = 10_000

/** A client comes back and gets what it missed: the SDK's way with a position, stock's way with its session in memory. */
export const recovery: Scenario = {
  name: 'recovery',
  stockNote: 'from memory, all at once; a restart of the server loses it',
  rounds: 3,
  async run(server, subject) {
    const [token = ''] = await server.ask({ do: 'token', userId: 'returner', count: 1 })
    const ms = subject === 'millrace' ? await recoverByPosition(server, token) : await recoverBySession(server, token)
    return [{ label: `recovery of ${missed.toLocaleString('en')} missed`, unit: 'ms', better: 'lower', value: ms }]
  },
}

async function recoverByPosition(server: ServerProcess, token: string): Promise<number> {
  const auth = { token, millrace: { version: 1, session: 'bench' } }
  const subscribe = (client: RawClient, position?: object): void =>
    client.send(`21["mr:subscribe",${JSON.stringify({ channel: 'mill:1', position })}]`)
  const position = await new Promise<object>((resolve, reject) => {
    rawClient({
      port: server.port,
      auth,
      onPacket(packet) {
        if (packet.startsWith('31')) resolve((JSON.parse(packet.slice(2)) as [{ data: { position: object } }])[0].data.position)
      },
    }).then((client) => subscribe(client), reject)
  })
  await server.ask({ do: 'fill', count: missed })
  const start = performance.now()
  const count = await new Promise<number>((resolve, reject) => {
    rawClient({
      port: server.port,
      auth,
      onPacket(packet) {
        if (packet.startsWith('31')) resolve((JSON.parse(packet.slice(2)) as [{ data: { count?: number } }])[0].data.count ?? 0)
      },
    }).then((client) => subscribe(client, position), reject)
  })
  if (count < missed) throw new Error(`recovery: ${count} of ${missed} were recovered`)
  return performance.now() - start
}

async function recoverBySession(server: ServerProcess, token: string): Promise<number> {
  let offset = ''
  const first = await rawClient({
    port: server.port,
    auth: { token },
    onPacket(packet) {
      offset = (JSON.parse(packet.slice(1)) as unknown[]).at(-1) as string
    },
  })
  await server.ask({ do: 'fill', count: 1 })
  await first.close()
  await server.ask({ do: 'fill', count: missed })
  const start = performance.now()
  let received = 0
  await new Promise<void>((resolve, reject) => {
    rawClient({
      port: server.port,
      auth: { token, pid: first.connected.pid, offset },
      onPacket() {
        received++
        if (received === missed) resolve()
      },
    }).catch(reject)
  })
  return performance.now() - start
}
