/** What the client was doing when something of the application's, or of the server's, failed. */
export interface ErrorContext {
  readonly during: 'connect' | 'listener' | 'load' | 'subscribe' | 'token' | 'positions' | 'inbox'
  readonly channel?: string
  readonly event?: string
}

export type Report = (error: unknown, context: ErrorContext) => void

/** Runs what belongs to the application; what it throws is reported and goes no further (CLI6). */
export function safely(report: Report, context: ErrorContext, run: () => void): void {
  try {
    run()
  } catch (error) {
    report(error, context)
  }
}

/** A reporter that cannot fail, whatever the application's does. */
export function guardedReport(onError: Report | undefined, fallback: Report): Report {
  if (onError === undefined) return fallback
  return (error, context) => {
    try {
      onError(error, context)
    } catch (second) {
      fallback(error, context)
      fallback(second, { during: 'listener' })
    }
  }
}
