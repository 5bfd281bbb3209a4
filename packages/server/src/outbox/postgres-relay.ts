import type { Clock, Timer } from '@millrace/contract'
import { advisoryLocks, type PgDatabase, type PgMover, type PgSession, type PgWriter } from '../postgres/port.ts'

export interface PostgresRelayOptions {
  readonly database: PgDatabase
  readonly writer: PgWriter
  readonly mover: PgMover
  /** Real time: a relay deals with other processes. */
  readonly clock: Clock
  /** This node's name among those that could relay. */
  readonly holder: string
}

export const relayDefaults = {
  /** How often the lead is renewed, or asked for. */
  tickMs: 400,
  /** How long the lead of a node outlives its last sign. */
  leaseMs: 1_200,
  /** How often a sleeping relay looks without having been woken. */
  pollMs: 1_000,
} as const

// Awake, it looks again after 2, 4, 8 … ms; after so many looks at nothing it goes to sleep.
const firstPauseMs = 2
const longestPauseMs = 25
const looksBeforeSleep = 20
// What is kept of it in the database spares others from looking at rows that have moved; it need not be exact.
const keepSeenMs = 1_000

const lead = `
  INSERT INTO millrace.relay AS r (holder, until) VALUES ($1, clock_timestamp() + $2 * interval '1 ms')
  ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE r.holder = excluded.holder OR r.until < clock_timestamp()
  RETURNING 1`
/** The session of the node that relays. What it has seen dies with it: another server may count transactions anew. */
interface Lead {
  readonly session: PgSession
  seen: string | null
  keptAt: number
  asleep: boolean
  emptyLooks: number
  looking: boolean
  lookAgain: boolean
  timer: Timer | null
}

/**
 * Moves committed entries into the log, on one node at a time. Which one is a matter of economy: a move is right on any node, as it
 * holds the channels' locks, and every node makes one where its own append has to come behind it.
 */
export class PostgresRelay {
  readonly #options: PostgresRelayOptions
  #ticks: Timer | null = null
  #ticking = false
  #lead: Lead | null = null
  #closed = false
  #failure: unknown = null

  constructor(options: PostgresRelayOptions) {
    this.#options = options
  }

  /** Why it cannot do its work; null while it can, or while another node does it. */
  get failure(): unknown {
    return this.#failure
  }

  start(): void {
    if (this.#ticks !== null || this.#closed) return
    this.#ticks = this.#options.clock.every(relayDefaults.tickMs, () => void this.#tick())
    void this.#tick()
  }

  /** Gives up the lead, so that another node has it at its next tick. */
  async close(): Promise<void> {
    this.#closed = true
    this.#ticks?.cancel()
    const led = this.#lead !== null
    this.#end()
    if (led)
      await this.#options.database.rows('DELETE FROM millrace.relay WHERE holder = $1', [this.#options.holder]).catch(() => undefined)
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return
    this.#ticking = true
    try {
      const { database, holder } = this.#options
      const leads = (await database.rows(lead, [holder, relayDefaults.leaseMs])).length > 0
      if (this.#closed) return
      if (!leads) this.#end()
      if (!leads || this.#lead !== null) this.#failure = null
      else await this.#begin()
    } catch (error) {
      // The next tick tries again.
      this.#failure = error
    } finally {
      this.#ticking = false
    }
  }

  async #begin(): Promise<void> {
    const session = await this.#options.database.connect(() => this.#end(session))
    if (this.#closed) return session.release()
    const { clock } = this.#options
    const state: Lead = {
      ...{ session, seen: null, keptAt: clock.now(), asleep: false, emptyLooks: 0, looking: false, lookAgain: false, timer: null },
    }
    this.#lead = state
    session.onNotification(() => void this.#look(state))
    try {
      await session.run('LISTEN millrace_outbox')
    } catch (error) {
      // One that hears nothing and looks at nothing must not be taken for a lead.
      this.#end(session)
      throw error
    }
    await this.#look(state)
  }

  #end(session?: PgSession): void {
    const state = this.#lead
    if (state === null || (session !== undefined && state.session !== session)) return
    this.#lead = null
    state.timer?.cancel()
    state.session.release()
  }

  /** Never rejects. */
  async #look(state: Lead): Promise<void> {
    if (state !== this.#lead) return
    if (state.looking) {
      state.lookAgain = true
      return
    }
    state.looking = true
    state.timer?.cancel()
    try {
      do {
        state.lookAgain = false
        const found = await this.#moveVisible(state)
        state.emptyLooks = found ? 0 : state.emptyLooks + 1
        if (found && state.asleep) await this.#wake(state)
      } while (state.lookAgain && state === this.#lead)
      await this.#keepSeen(state)
      if (!state.asleep && state.emptyLooks >= looksBeforeSleep) await this.#sleep(state)
    } catch (error) {
      // Whatever has failed, a new session knows what is there.
      this.#failure = error
      this.#end(state.session)
    } finally {
      state.looking = false
    }
    if (state === this.#lead) this.#plan(state)
  }

  #plan(state: Lead): void {
    const pauseMs = state.asleep ? relayDefaults.pollMs : Math.min(firstPauseMs * 2 ** state.emptyLooks, longestPauseMs)
    state.timer = this.#options.clock.after(state.lookAgain ? 0 : pauseMs, () => void this.#look(state))
  }

  /** True where there was something. */
  async #moveVisible(state: Lead): Promise<boolean> {
    const { mover, writer } = this.#options
    const { session } = state
    let found = false
    for (;;) {
      const { groups, whole, seen } = await mover.look(session, state.seen, null)
      for (const group of groups) await writer.alone(() => mover.move(session, group, []))
      found ||= groups.length > 0
      if (seen !== null) state.seen = seen
      if (whole) return found
    }
  }

  async #keepSeen(state: Lead): Promise<void> {
    const now = this.#options.clock.now()
    if (state.seen === null || now - state.keptAt < keepSeenMs || state.asleep) return
    state.keptAt = now
    await state.session.rows('UPDATE millrace.moved SET seen = $1::pg_snapshot', [state.seen])
  }

  /** From here on writers wake it with their commits. Not while a transaction that has written is open: it would not know. */
  async #sleep(state: Lead): Promise<void> {
    const [row] = await state.session.rows(`SELECT pg_try_advisory_lock(${advisoryLocks.asleep}) AS ours`)
    if (row?.ours !== true) return
    state.asleep = true
    // A writer may have been quick before the lock was there.
    if (await this.#moveVisible(state)) await this.#wake(state)
  }

  async #wake(state: Lead): Promise<void> {
    state.asleep = false
    state.emptyLooks = 0
    await state.session.rows(`SELECT pg_advisory_unlock(${advisoryLocks.asleep})`)
  }
}
