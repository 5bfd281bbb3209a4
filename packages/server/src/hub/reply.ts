import type { Clock } from '@millrace/contract'
import { MillraceError } from '@millrace/contract'
import type { Logger } from '../observe/logger.ts'

export function okJson(json: string): string {
  return `{"ok":true,"data":${json}}`
}

export function errorJson(error: MillraceError): string {
  return JSON.stringify({ ok: false, error: error.toBody() })
}

/**
 * The error that a client is told: ours as it is, anything else as `internal` with a reference under which the log has the rest.
 */
export function toClientError(
  error: unknown,
  context: { readonly logger: Logger; readonly newId: () => string; readonly fields: object },
): MillraceError {
  if (error instanceof MillraceError) return error
  const reference = context.newId()
  // The stack's first line is the message, which may quote a payload: only the frames are logged.
  const stack = error instanceof Error ? error.stack?.split('\n').filter((line) => line.startsWith('    at ')) : undefined
  context.logger.error(
    { ...context.fields, reference, error: error instanceof Error ? error.name : typeof error, stack },
    'a handler failed',
  )
  return new MillraceError('internal', `the server failed; reference ${reference}`, { reference })
}

/** What `work` resolves to, or a thrown `timeout`. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new MillraceError('timeout', `no answer within ${ms} ms`)))
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
