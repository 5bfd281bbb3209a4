import { once } from 'node:events'
import { connect } from 'node:net'
import { pause } from '@millrace-tests/support'
import type { Wiretap } from './wiretap.ts'

export interface RawHttpOptions {
  readonly port: number
  readonly tap: Wiretap
  /** How long to listen for an answer before hanging up. */
  readonly listenMs: number
}

/** Sends bytes to the port, piece by piece, and hangs up. Answers what came back, which may be nothing. */
export async function rawHttp(pieces: readonly (string | Uint8Array)[], { port, tap, listenMs }: RawHttpOptions): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let answer = ''
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    tap.add(chunk)
    answer += chunk.toString('latin1')
  })
  const closed = once(socket, 'close').catch(() => {})
  for (const piece of pieces) {
    if (socket.destroyed) break
    socket.write(piece)
    await new Promise((resolve) => void setImmediate(resolve))
  }
  await Promise.race([closed, pause(listenMs)])
  socket.destroy()
  return answer
}

/** A request as text. Lengths are the caller's business. */
export function httpRequest(line: string, headers: readonly string[] = [], body = ''): string {
  return [line, 'Host: 127.0.0.1', ...headers, '', body].join('\r\n')
}
