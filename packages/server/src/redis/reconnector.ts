import type { Clock, Timer } from '@millrace/contract'
import { backoffMs } from './backoff.ts'
import type { OpenSession, Session } from './session.ts'

export interface ReconnectorOptions {
  readonly open: OpenSession
  readonly clock: Clock
  readonly random: () => number
  readonly onMessage: (channel: string, text: string) => void
  /** Tells a new session what it has to know, step by step; it is of no use where a step rejects. */
  readonly restoring: {
    begin(): void
    isDone(): boolean
    step(session: Session): Promise<void>
  }
  /** The session that was live is not any more. */
  readonly onDown: () => void
  /** Another session is live. */
  readonly onRestored: () => void
}

type State =
  | { readonly is: 'live'; readonly session: Session }
  | { readonly is: 'waiting'; readonly reason: Error; readonly retry: Timer }
  | { readonly is: 'opening'; readonly reason: Error; readonly session: Session | null }
  | { readonly is: 'closed' }

/** Has a session, or gets another one. */
export class Reconnector {
  readonly #options: ReconnectorOptions
  #state: State = { is: 'opening', reason: new Error('not connected yet'), session: null }

  constructor(options: ReconnectorOptions) {
    this.#options = options
  }

  /** The session that is live. */
  get session(): Session | null {
    return this.#state.is === 'live' ? this.#state.session : null
  }

  get isClosed(): boolean {
    return this.#state.is === 'closed'
  }

  /** Why there is none. */
  get reason(): Error {
    const state = this.#state
    return state.is === 'waiting' || state.is === 'opening' ? state.reason : new Error('the broker is closed')
  }

  /** The first session. Rejects with what stood in its way. */
  async start(): Promise<void> {
    await this.#open(this.reason)
  }

  close(): void {
    const state = this.#state
    this.#state = { is: 'closed' }
    if (state.is === 'waiting') state.retry.cancel()
    else if (state.is !== 'closed') state.session?.end()
  }

  async #open(reason: Error): Promise<void> {
    const { open, onMessage, restoring } = this.#options
    const opening: State = { is: 'opening', reason, session: null }
    this.#state = opening
    let lost: Error | null = null
    const session = await open({
      onMessage,
      onLost: (why) => {
        lost = why
        const state = this.#state
        if (state.is === 'live' && state.session === session) this.#down(why)
      },
    })
    try {
      if (lost !== null) throw lost
      // Closed in the meantime.
      if (this.#state !== opening) throw this.reason
      const own: State = { is: 'opening', reason, session }
      this.#state = own
      restoring.begin()
      // Looked at in the moment in which it is live: what was asked for until then is in force as well.
      while (!restoring.isDone()) {
        await restoring.step(session)
        if (lost !== null) throw lost
        if (this.#state !== own) throw this.reason
      }
    } catch (error) {
      session.end()
      throw error
    }
    this.#state = { is: 'live', session }
  }

  #down(reason: Error): void {
    this.#retry(reason, 0)
    this.#options.onDown()
  }

  #retry(reason: Error, attempt: number): void {
    const { clock, random, onRestored } = this.#options
    const retry = clock.after(backoffMs(attempt, random), () => {
      this.#open(reason).then(onRestored, (error: unknown) => {
        if (this.isClosed) return
        this.#retry(error instanceof Error ? error : new Error(String(error)), attempt + 1)
      })
    })
    this.#state = { is: 'waiting', reason, retry }
  }
}
