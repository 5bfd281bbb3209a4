import { type Clock, MillraceError, type Timer } from '@millrace/contract'
import type { PgDatabase, PgNotification, PgSession, PgSql } from '../postgres/port.ts'

export interface PostgresLinkOptions {
  readonly database: PgDatabase
  /** Real time: it deals with another process. */
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  /** The notification channel that this node alone listens to. */
  readonly checkChannel: string
  readonly onNotification: (notification: PgNotification) => void
  /** Brings the subscriptions in force on a new connection. It is up when this resolves. */
  readonly prepare: (session: PgSession) => Promise<void>
  readonly onLost: (reason: MillraceError) => void
  /** Up again. */
  readonly onRestored: () => void
}

export const linkDefaults = {
  /** How often the connection is tried. */
  checkEveryMs: 1_000,
  /** What has not come round by then is lost or late: the connection is given up where nothing else has come either. */
  checkTimeoutMs: 2_000,
  firstPauseMs: 100,
  longestPauseMs: 2_000,
} as const

type State =
  | { readonly state: 'up'; readonly session: PgSession; lane: Promise<unknown>; readonly checks: Timer }
  | { readonly state: 'down'; readonly reason: MillraceError }
  | { readonly state: 'closed' }

const notify = 'SELECT pg_notify($1, $2)'

/** The one connection of a node that listens and notifies; made anew, for as long as it takes, when it is lost. */
export class PostgresLink {
  readonly #options: PostgresLinkOptions
  readonly #awaited = new Map<string, () => void>()
  #state: State = { state: 'down', reason: new MillraceError('unavailable', 'the broker is not open') }
  #retry: Timer | null = null
  #failures = 0
  #checks = 0
  /** Grows with all that comes from the server. */
  #signs = 0

  constructor(options: PostgresLinkOptions) {
    this.#options = options
  }

  /** Null while there is no connection that hears everything. */
  get session(): PgSession | null {
    return this.#state.state === 'up' ? this.#state.session : null
  }

  /** The first connection: rejects where there is none. */
  async start(): Promise<void> {
    await this.#connect()
  }

  /** Runs `work` on the connection when it is its turn: one statement at a time. Rejects with `unavailable` where the connection is lost. */
  use<T>(work: (session: PgSession) => Promise<T>): Promise<T> {
    const state = this.#state
    if (state.state !== 'up') return Promise.reject(this.#refusal())
    const done = state.lane.then(() => {
      if (this.#state !== state) throw this.#refusal()
      return work(state.session)
    })
    state.lane = done
      .catch(() => undefined)
      .then(() => {
        this.#signs += 1
      })
    return done
  }

  /** Resolves when a notification, sent through `via` or the connection itself, has come round. Where nothing comes, the connection is given up. */
  async check(via?: PgSql): Promise<void> {
    const { clock, checkChannel } = this.#options
    const payload = String(++this.#checks)
    const { session } = this
    const before = this.#signs
    const heard = new Promise<void>((resolve, reject) => {
      const timer = clock.after(linkDefaults.checkTimeoutMs, () => {
        const reason = new MillraceError('unavailable', 'a notification of PostgreSQL did not come back in time')
        reject(reason)
        // Behind a backlog it is late. One that gets ever longer ends when a statement has waited for its answer for too long.
        if (session !== null && this.#signs === before) this.giveUp(session, reason)
      })
      this.#awaited.set(payload, () => {
        timer.cancel()
        resolve()
      })
    })
    const send = async (sql: PgSql): Promise<void> => {
      try {
        await sql.rows(notify, [checkChannel, payload])
      } catch (cause) {
        throw new MillraceError('unavailable', 'PostgreSQL takes no notification', undefined, { cause })
      }
    }
    try {
      await Promise.all([via === undefined ? this.use(send) : send(via), heard])
    } finally {
      this.#awaited.get(payload)?.()
      this.#awaited.delete(payload)
    }
  }

  /** The connection does not do what it should. */
  giveUp(session: PgSession, reason: MillraceError): void {
    session.release()
    this.#lost(session, reason)
  }

  close(): void {
    const { session } = this
    if (this.#state.state === 'up') this.#state.checks.cancel()
    this.#state = { state: 'closed' }
    this.#retry?.cancel()
    session?.release()
  }

  #refusal(): MillraceError {
    if (this.#state.state === 'down') return this.#state.reason
    return new MillraceError(
      'unavailable',
      this.#state.state === 'closed' ? 'the broker is closed' : 'the connection of the broker was lost',
    )
  }

  async #connect(): Promise<void> {
    const { database, clock, checkChannel, prepare, onNotification } = this.#options
    const session = await database.connect(() =>
      this.#lost(session, new MillraceError('unavailable', 'the connection of the broker was lost')),
    )
    try {
      session.onNotification((notification) => {
        this.#signs += 1
        if (notification.channel === checkChannel) this.#awaited.get(notification.payload)?.()
        else onNotification(notification)
      })
      await session.run(`LISTEN ${checkChannel}`)
      await prepare(session)
    } catch (error) {
      session.release()
      throw error
    }
    if (this.#state.state === 'closed') return session.release()
    const checks = clock.every(linkDefaults.checkEveryMs, () => void this.#checkNow())
    this.#state = { state: 'up', session, lane: Promise.resolve(), checks }
  }

  /** Never rejects. */
  async #checkNow(): Promise<void> {
    // One at a time: a server that is slow is not asked once more.
    if (this.#awaited.size > 0) return
    try {
      await this.check()
      // Not as soon as it is connected: one that is lost again and again must not be made anew without a pause.
      this.#failures = 0
    } catch {
      // Where the connection is lost it has noticed itself.
    }
  }

  #lost(session: PgSession, reason: MillraceError): void {
    if (this.#state.state !== 'up' || this.#state.session !== session) return
    this.#state.checks.cancel()
    this.#state = { state: 'down', reason }
    this.#options.onLost(reason)
    if (this.#failures === 0) void this.#reconnect()
    else this.#reconnectLater()
  }

  /** Never rejects. */
  async #reconnect(): Promise<void> {
    this.#failures += 1
    try {
      await this.#connect()
      if (this.session !== null) this.#options.onRestored()
    } catch (error) {
      if (this.#state.state === 'closed') return
      const reason = error instanceof MillraceError ? error : new MillraceError('unavailable', 'the broker cannot connect')
      this.#state = { state: 'down', reason }
      this.#reconnectLater()
    }
  }

  #reconnectLater(): void {
    const { clock, random } = this.#options
    const { firstPauseMs, longestPauseMs } = linkDefaults
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#failures - 1)) * (0.5 + random() / 2)
    this.#retry = clock.after(pauseMs, () => void this.#reconnect())
  }
}
