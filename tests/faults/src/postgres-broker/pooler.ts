import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** The first byte of PostgreSQL's NotificationResponse. */
const notification = 'A'.charCodeAt(0)

/**
 * Stands between clients and PostgreSQL as a pooler of transactions does, for what concerns a listener: a notification comes to whatever client has
 * the connection at that moment, which is nobody, and is lost.
 */
export async function startPooler(targetPort: number): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const target = connect({ port: targetPort, host: '127.0.0.1' })
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    client.pipe(target)
    let rest: Buffer = Buffer.alloc(0)
    target.on('data', (data) => {
      rest = Buffer.concat([rest, data])
      // A message is a byte that says what it is, and its length without that byte.
      while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
        const length = 1 + rest.readInt32BE(1)
        if (rest[0] !== notification) client.write(rest.subarray(0, length))
        rest = rest.subarray(length)
      }
    })
    target.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    // Holds: a TCP server that listens has an address with a port.
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
