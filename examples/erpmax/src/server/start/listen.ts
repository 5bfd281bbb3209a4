import type { Server } from 'node:http'
import { StartError } from './start-error.ts'

const mends: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: stop the program that uses it, or set PORT to another one',
  EACCES: 'may not be used without special rights: set PORT to one from 1024 on',
  EADDRNOTAVAIL: 'cannot be opened at this HOST: it is no address of this machine',
  ENOTFOUND: 'cannot be opened: HOST is no address that is known here',
}

/** Resolves with the port once connections are taken. */
export function listen(server: Server, port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new StartError(`port ${port} ${mends[error.code ?? ''] ?? `cannot be opened (${error.message})`}`))
    })
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
