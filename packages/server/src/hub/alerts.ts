import { type Clock, MillraceError } from '@millrace/contract'
import { type AlertLevel, nextLevel, severityOf } from '../alerts/decision.ts'
import type { AlertStore, AlertSwap } from '../alerts/port.ts'
import type { Alert, AlertReading } from '../api.ts'
import type { LeaseStore } from '../leases/port.ts'
import { describeError } from '../observe/describe-error.ts'
import type { Logger } from '../observe/logger.ts'
import { sharedCheck } from './shared-check.ts'

export interface AlertServiceOptions {
  readonly store: AlertStore
  readonly leases: LeaseStore
  readonly newId: () => string
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

  every(ms: number, check: () => Promise<void>, { name }: { readonly name?: string } = {}): { cancel(): void } {
    const timer = name === undefined ? this.#alone(ms, check) : this.#shared(ms, name, check)
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

  #alone(ms: number, check: () => Promise<void>): { cancel(): void } {
    let running = false
    return this.#options.clock.every(ms, () => {
      if (running) return
      running = true
      started(check)
        .catch((error: unknown) => this.#failed(error))
        .finally(() => {
          running = false
        })
    })
  }

  #shared(everyMs: number, name: string, check: () => Promise<void>): { cancel(): void } {
    const { leases, clock, newId } = this.#options
    return sharedCheck({
      ...{ leases, clock, newId, name, everyMs },
      run: () => started(check),
      onFailure: (error) => this.#failed(error, name),
    })
  }

  #failed(error: unknown, name?: string): void {
    this.#options.logger.error({ ...(name !== undefined && { name }), ...describeError(error) }, 'a periodic check failed')
  }
}

/** A check that throws before its first await rejects, as the others do. */
function started(check: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => resolve(check()))
}
