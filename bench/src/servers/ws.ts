import type { Duplex } from 'node:stream'
import { Sender, WebSocketServer } from 'ws'
import { frameText } from '../wire.ts'
import { serve } from './serve.ts'

// The library exports it; its types do not say so.
declare module 'ws' {
  const Sender: {
    frame(data: Buffer, options: Record<'fin' | 'mask' | 'readOnly' | 'rsv1', boolean> & { readonly opcode: number }): Buffer[]
  }
}

/** The library under Socket.IO alone: no tokens, one set of sockets per room, each frame built once and written to every socket. */
const socketsOf = new Map<number, Set<Duplex>>()
const server = new WebSocketServer({ noServer: true, perMessageDeflate: false })

serve({
  attach(http) {
    http.on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (client) => {
        const mill = Number(new URL(request.url ?? '/', 'ws://localhost').searchParams.get('mill'))
        const sockets = socketsOf.get(mill) ?? new Set()
        socketsOf.set(mill, sockets.add(socket))
        client.on('close', () => sockets.delete(socket))
        client.on('error', () => {})
      })
    })
  },
  async publish(mill, _, payload) {
    const text = Buffer.from(frameText(payload))
    const frame = Buffer.concat(Sender.frame(text, { fin: true, opcode: 1, mask: false, readOnly: true, rsv1: false }))
    for (const socket of socketsOf.get(mill) ?? []) socket.write(frame)
  },
})
