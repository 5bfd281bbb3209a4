import { openRawSession, openRawWebSocket, pause, type Random, type RawSession, type RawWebSocket } from '@millrace-tests/support'
import { rawHttp } from '../raw-http.ts'
import { openRawPolling } from '../raw-polling.ts'
import type { Wiretap } from '../wiretap.ts'
import { people, sdkAuth, tokenOf } from '../yard/people.ts'
import { hostileRequest } from './http.ts'
import { hostileMessage, type Targets } from './messages.ts'
import { hostileBinary, hostileFrame, hostilePacket } from './packets.ts'

export interface Battlefield {
  readonly url: string
  readonly port: number
  readonly targets: Targets
  /** Everything that any attacker receives. */
  readonly tap: Wiretap
}

type Round = (random: Random, field: Battlefield) => Promise<void>

const settleMs = 30

async function packetsOn(socket: RawWebSocket, random: Random): Promise<void> {
  for (let count = random.int(5, 40); count > 0 && socket.isOpen; count--) {
    if (random.chance(0.05)) socket.sendBytes(hostileFrame(random))
    else if (random.chance(0.1)) socket.send(hostileBinary(random))
    else socket.send(hostilePacket(random))
  }
  await pause(settleMs)
  socket.destroy()
}

function enter(random: Random, { url, tap }: Battlefield): Promise<RawSession> {
  const auth = random.chance(0.75) ? sdkAuth(people.mallory, `s${random.int(0, 5)}`) : { token: tokenOf(people.mallory) }
  return openRawSession({ url, auth, onBytes: tap.add })
}

/** The ways of attacking; each leaves by itself, politely or not. */
export const rounds = {
  async 'packets of a stranger'(random, { url, tap }) {
    await packetsOn(await openRawWebSocket({ url, onBytes: tap.add }), random)
  },
  async 'packets of somebody known'(random, field) {
    await packetsOn((await enter(random, field)).socket, random)
  },
  async 'messages about others'(random, field) {
    const session = await enter(random, field)
    const asked: Promise<unknown>[] = []
    for (let count = random.int(5, 60); count > 0; count--) asked.push(session.ask(...hostileMessage(random, field.targets)))
    await Promise.race([Promise.all(asked), pause(200)])
    session.socket.destroy()
  },
  async 'a false beginning'(random, { url, tap, targets }) {
    const token = tokenOf(people.mallory)
    const [head = '', body = '', signature = ''] = token.split('.')
    const forged = Buffer.from(JSON.stringify({ sub: targets.userId, tenant: targets.tenant, mills: ['7', 'secret'] })).toString(
      'base64url',
    )
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    const auth = random.pick<unknown>([
      { token: `${head}.${forged}.${signature}` },
      { token: `${none}.${forged}.` },
      { token: `${none}.${body}.${signature}` },
      { token: [token] },
      { token: { toString: token } },
      { token, millrace: { version: 99, session: 's' } },
      { token, millrace: { version: 1, session: 'x'.repeat(1_000) } },
      { token, millrace: random.pick([null, 1, [], 'sdk']) },
      { token, tenant: targets.tenant, userId: targets.userId },
      { token: `${token}\u0000` },
      { token: ` ${token}` },
      JSON.parse(`{"__proto__":{"token":"${token}"}}`),
    ])
    const namespace = random.pick(['', '', '/admin', '/nowhere', '/__proto__', '/constructor'])
    const session = await openRawSession({ url, auth, onBytes: tap.add, ...(namespace !== '' && { namespace }) }).catch(() => null)
    if (session === null) return
    await Promise.race([session.ask(...hostileMessage(random, targets)), pause(settleMs)])
    session.socket.destroy()
  },
  async 'a flood of acks and answers'(random, field) {
    const session = await enter(random, field)
    for (let count = 500; count > 0; count--) session.socket.send(`43${random.int(0, 5_000)}[${random.pick(['', '1', '{}', 'null'])}]`)
    for (let count = 300; count > 0; count--) session.socket.send(`42${count}["echo",{"text":"x"}]`)
    await pause(settleMs)
    session.socket.destroy()
  },
  async 'more subscriptions than there are'(random, field) {
    const session = await enter(random, field)
    const asked = Array.from({ length: 260 }, (_, index) => session.ask('mr:subscribe', { channel: `short:${index}-${random.int(0, 9)}` }))
    await Promise.race([Promise.all(asked), pause(300)])
    session.socket.destroy()
  },
  async 'a reader that does not read'(random, field) {
    const session = await enter(random, field)
    session.socket.pauseReading()
    for (let count = 40; count > 0; count--) session.socket.send(`42${count}["echo",{"text":"${'x'.repeat(20_000)}"}]`)
    await pause(settleMs)
    session.socket.destroy()
  },
  async polling(random, { url, tap, targets }) {
    const known = random.chance(0.6)
    const session = await openRawPolling(url, tap, known ? sdkAuth(people.mallory, 'p') : undefined)
    const waiting: Promise<unknown>[] = [session.poll(200)]
    for (let count = random.int(2, 12); count > 0; count--) {
      const packets = Array.from({ length: random.int(1, 30) }, () => {
        if (random.chance(0.5)) return hostilePacket(random)
        return `42${JSON.stringify(hostileMessage(random, targets))}`
      })
      const body = packets.join(random.pick(['\x1e', '\x1e', '\x1e', '', '\n', '0:']))
      // Two at a time are an offence of their own.
      const post = session.post(
        body,
        random.pick(['text/plain', 'application/octet-stream', 'text/plain;charset=latin1', 'multipart/form-data']),
      )
      if (random.chance(0.7)) await post
      else waiting.push(post)
      if (random.chance(0.3)) waiting.push(session.poll(200))
    }
    await Promise.race([Promise.all(waiting), pause(300)])
  },
  async 'strange requests'(random, { port, tap }) {
    await Promise.all(Array.from({ length: 8 }, () => rawHttp(hostileRequest(random), { port, tap, listenMs: 60 })))
  },
} as const satisfies Record<string, Round>

export type RoundName = keyof typeof rounds
// Holds: these are its keys.
export const roundNames = Object.keys(rounds) as [RoundName, ...RoundName[]]
