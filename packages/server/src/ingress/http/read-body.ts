import type { IncomingMessage } from 'node:http'
import { type Clock, MillraceError } from '@millrace/contract'
import { HttpFailure } from './problems.ts'

export interface BodyLimits {
  readonly clock: Clock
  readonly maxBytes: number
  readonly withinMs: number
}

/** The client went away before its request was complete: there is nobody to answer. */
export class ClientGone extends Error {}

/** Throws `unsupported_media_type` for anything but plain JSON. */
export function needJson({ headers }: IncomingMessage): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='))
  const encoding = headers['content-encoding'] ?? 'identity'
  if (type.trim() !== 'application/json' || !/^(charset="?utf-?8"?)?$/.test(charset ?? '') || encoding !== 'identity')
    throw new HttpFailure('unsupported_media_type')
}

/** The request's body. Throws `payload_too_large` as soon as that is known, `timeout` when it is not complete in time. */
export function readBody(request: IncomingMessage, { clock, maxBytes, withinMs }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => new MillraceError('payload_too_large', `the body may have ${maxBytes} bytes`)
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return reject(tooLarge())
    if (request.readableEnded)
      return reject(new Error('the body was read before the API saw the request: mount it before any parser of bodies'))
    const chunks: Buffer[] = []
    let bytes = 0
    const late = clock.after(withinMs, () =>
      settle(() => reject(new MillraceError('timeout', `the body was not complete within ${withinMs} ms`))),
    )

    function settle(answer: () => void): void {
      late.cancel()
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
      // Errors that come later have no listener else.
      request.on('error', () => undefined)
      answer()
    }
    function onData(chunk: Buffer): void {
      bytes += chunk.length
      if (bytes > maxBytes) settle(() => reject(tooLarge()))
      else chunks.push(chunk)
    }
    const onEnd = () => settle(() => resolve(Buffer.concat(chunks)))
    const onClose = () => settle(() => reject(new ClientGone()))
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
  })
}
