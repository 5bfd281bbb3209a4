import { pause, type Random, type RawPeer, type RawPeerOptions, rawFrame } from '@millrace-tests/support'
import { startTcpProxy } from '../tcp-proxy.ts'
import type { Crowd } from './crowd.ts'
import type { HostileKind } from './hostile-schedule.ts'

/** What a hostile client finds. */
export interface Stage {
  readonly crowd: Crowd
  readonly random: Random
  readonly port: number
  readonly at: RawPeerOptions['at']
  readonly reads: boolean
  /** Its auth for CONNECT: as a stock client, or as an SDK client with a session that nobody else has. */
  auth(as: 'stock' | 'sdk'): unknown
  /** Its time is up. */
  isOver(): boolean
}

type Behaviour = (stage: Stage) => Promise<void>

interface Manners {
  readonly options?: Partial<RawPeerOptions>
  readonly as?: 'stock' | 'sdk'
  readonly begin?: (peer: RawPeer, stage: Stage) => void
  /** Repeated while the connection is open. */
  readonly each: (peer: RawPeer, stage: Stage) => Promise<void>
}

const comesBackAfterMs = 200

/** Somebody who behaves so, and comes back whenever the server ends it. */
function persistent({ options = {}, as = 'stock', begin = () => {}, each }: Manners): Behaviour {
  return async (stage) => {
    while (!stage.isOver()) {
      const peer = await stage.crowd.open({ at: stage.at, auth: stage.auth(as), ...options }).catch(() => null)
      if (peer === null) {
        await pause(100)
        continue
      }
      begin(peer, stage)
      while (peer.isOpen && !stage.isOver()) await each(peer, stage)
      peer.destroy()
      await pause(comesBackAfterMs)
    }
  }
}

const alive = rawFrame('3')
const stopReading = (peer: RawPeer): void => peer.stopReading()
const mayRead = (peer: RawPeer, { reads }: Stage): void => {
  if (!reads) peer.stopReading()
}

/** Writes these frames over and over, and leaves the machine some time for others. */
function flood(frames: readonly Uint8Array[], as: 'stock' | 'sdk' = 'stock'): Behaviour {
  return persistent({
    as,
    begin: mayRead,
    async each(peer) {
      await peer.write(...frames)
      await pause(5)
    },
  })
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))
const event = (id: number, name: string, data: unknown) => rawFrame(`42${id}${JSON.stringify([name, data])}`)

export const behaviours: Readonly<Record<HostileKind, Behaviour>> = {
  stalls: persistent({
    begin: stopReading,
    async each(peer) {
      await peer.write(alive)
      await pause(300)
    },
  }),

  sips: persistent({
    options: { readBytes: 1 },
    begin: stopReading,
    async each(peer) {
      peer.readOnce()
      await peer.write(alive)
      await pause(1_000)
    },
  }),

  'never-pongs': persistent({ options: { answersPings: false }, each: () => pause(200) }),

  async 'half-open'(stage) {
    await using proxy = await startTcpProxy({ targetPort: stage.port })
    const at = { port: proxy.port }
    const dead = stage.random.pick(['up', 'down'] as const)
    while (!stage.isOver()) {
      const peer = await stage.crowd.open({ at, auth: stage.auth('stock') }).catch(() => null)
      proxy.applyToAll({ kind: 'half-open', dead })
      while (peer?.isOpen && !stage.isOver()) await pause(100)
      peer?.destroy()
      await pause(100)
    }
  },

  'floods-acks': flood(times(500, (index) => rawFrame(`43${index}[{"ok":true}]`))),
  'floods-pongs': flood(times(1_000, () => alive)),
  'floods-pings': flood(times(300, () => rawFrame('p'.repeat(125), 'ping'))),
  'floods-requests': flood(times(100, (index) => event(index, 'echo', { text: 'x'.repeat(1_000) }))),
  subscribes: flood(
    times(10_000, (index) => event(index, 'mr:subscribe', { channel: `short:x${index}` })),
    'sdk',
  ),
  'sends-megabytes': flood([event(1, 'echo', { text: 'x'.repeat(1_000_000) })]),

  lurks: persistent({ options: { auth: null }, each: () => pause(200) }),

  async probes(stage) {
    const polling = `http://127.0.0.1:${stage.port}/socket.io/?EIO=4&transport=polling`
    const pings = times(200, () => rawFrame('p'.repeat(125), 'ping'))
    while (!stage.isOver()) {
      const opened = await fetch(polling).then((response) => (response.ok ? response.text() : null))
      if (opened === null) {
        await pause(200)
        continue
      }
      // Holds: Engine.IO's first packet.
      const { sid } = JSON.parse(opened.slice(1)) as { sid: string }
      const query = `EIO=4&transport=websocket&sid=${sid}`
      const peer = await stage.crowd.open({ at: { port: stage.port }, auth: null, query }).catch(() => null)
      peer?.stopReading()
      while (peer?.isOpen && !stage.isOver()) {
        await peer.write(rawFrame('2probe'), ...pings)
        await pause(5)
      }
      peer?.destroy()
      await pause(50)
    }
  },

  knocks: persistent({
    begin: mayRead,
    async each(peer, stage) {
      const connect = rawFrame(`40${JSON.stringify(stage.auth('stock'))}`)
      await peer.write(connect, ...times(20, (index) => rawFrame(`40/nowhere-${index},{"token":"x"}`)))
      await pause(20)
    },
  }),
}
