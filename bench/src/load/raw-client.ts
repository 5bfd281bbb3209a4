import WebSocket from 'ws'

export interface RawClientOptions {
  readonly port: number
  /** The Socket.IO CONNECT payload. */
  readonly auth: object
  /** Each Socket.IO packet after the CONNECT, as text without Engine.IO's own type. */
  readonly onPacket?: (packet: string) => void
}

export interface RawClient {
  /** The answer to CONNECT: `{ sid, pid? }`. */
  readonly connected: Readonly<Record<string, string>>
  send(packet: string): void
  close(): Promise<void>
}

/** A Socket.IO client over a bare WebSocket: cheap enough for one process to hold thousands. */
export function rawClient({ port, auth, onPacket }: RawClientOptions): Promise<RawClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.on('message', (data: Buffer) => {
      const type = data[0]
      // Engine.IO: '4' message, '0' open, '2' ping.
      if (type === 0x34) {
        const packet = data.toString('utf8', 1)
        if (packet.startsWith('4')) return reject(new Error(`refused: ${packet}`))
        if (!packet.startsWith('0')) return onPacket?.(packet)
        socket.off('error', reject)
        socket.on('error', () => {})
        const connected = JSON.parse(packet.slice(1)) as Record<string, string>
        resolve({
          connected,
          send: (text) => socket.send(`4${text}`),
          close: () =>
            new Promise((closed) => {
              socket.once('close', () => closed())
              socket.terminate()
            }),
        })
      } else if (type === 0x32) socket.send('3')
      else if (type === 0x30) socket.send(`40${JSON.stringify(auth)}`)
    })
  })
}

/** Connects one client per token, `atOnce` at a time. */
export async function rawClients(tokens: readonly string[], atOnce: number, options: Omit<RawClientOptions, 'auth'>): Promise<RawClient[]> {
  const clients: RawClient[] = []
  let next = 0
  async function worker(): Promise<void> {
    for (let token = tokens[next++]; token !== undefined; token = tokens[next++])
      clients.push(await rawClient({ ...options, auth: { token } }))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return clients
}
