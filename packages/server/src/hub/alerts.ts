import { type Clock, MillraceError } from '@millrace/contract'
import { type AlertLevel, nextLevel, severityOf } from '../alerts/decision.ts'
import type { AlertStore, AlertSwap } from '../alerts/port.ts'
import type { Alert, AlertReading } from '../api.ts'
import { describeError } from '../observe/describe-error.ts'
import type { Logger } from '../observe/logger.ts'

export interface AlertServiceOptions {
  readonly store: AlertStore
  readonly clock: Clock
  readonly logger: Logger
}

/** Watches values that must not fall too low (ALR1) and runs periodic checks (ALR2). */
export class AlertService {
  readonly #options: AlertServiceOptions
  readonly #checks = new Set<{ cancel(): void }>()

  constructor(options: AlertServiceOptions) {
    this.#options = options
  }

  observe(tenant: string, { key, value, minimum, tx }: AlertReading): Alert | null | Promise<Alert | null> {
    if (!Number.isFinite(value) || !Number.isFinite(minimum))
      throw new MillraceError('invalid_payload', 'an alert needs a value and a minimum that are numbers')
    const decide = (before: AlertLevel): AlertLevel => nextLevel(before, value, minimum)
    const answer = ({ before, after }: AlertSwap): Alert | null => {
      const severity = severityOf(before, after)
      return severity === null ? null : { key, value, minimum, severity }
    }
    if (tx === undefined) return this.#options.store.swap(tenant, key, decide).then(answer)
    const swap = this.#options.store.swapWithin(tx, tenant, key, decide)
    return swap instanceof Promise ? swap.then(answer) : answer(swap)
  }

  every(ms: number, check: () => Promise<void>): { cancel(): void } {
    const { clock, logger } = this.#options
    let running = false
    const timer = clock.every(ms, () => {
      if (running) return
      running = true
      new Promise<void>((resolve) => resolve(check()))
        .catch((error: unknown) => logger.error({ ...describeError(error) }, 'a periodic check failed'))
        .finally(() => {
          running = false
        })
    })
    const handle = {
      cancel: () => {
        timer.cancel()
        this.#checks.delete(handle)
      },
    }
    this.#checks.add(handle)
    return handle
  }

  close(): void {
    for (const check of this.#checks) check.cancel()
  }
}
