import { Batch } from './batch.ts'

/** The event loop, as far as flushing needs it. */
export interface EventLoop {
  /** Runs when the code that runs now, and the promises it has settled, are done. */
  soon(run: () => void): void
  /** Runs at the end of this turn; called from there, at the end of the next. */
  later(run: () => void): void
}

export interface Flushable {
  /** Who is served in turns with others under load. */
  readonly tenant: string
  /** Writes what is due. Does not throw. */
  flush(): void
}

// So many writes, about two milliseconds, until others have their turn of the event loop.
const writesPerSlice = 256
// So many until another tenant has its turn within a slice.
const writesPerTenant = 16

/** Connections of one tenant that wait to be flushed. */
class Line {
  readonly #waiting: Flushable[] = []
  #next = 0

  get empty(): boolean {
    return this.#next === this.#waiting.length
  }

  push(connection: Flushable): void {
    this.#waiting.push(connection)
  }

  /** Flushes as many as there are, at most `count`; answers how many. */
  flush(count: number): number {
    const begin = this.#next
    const end = Math.min(this.#waiting.length, begin + count)
    // Holds: both are within the array.
    while (this.#next < end) (this.#waiting[this.#next++] as Flushable).flush()
    return end - begin
  }
}

/**
 * Flushes connections: at once where nothing was flushed in this turn of the event loop, else at its end, so that what comes in bursts goes
 * out in few writes. Many are flushed in slices, tenant by tenant, so that nobody's fan-out holds up the others (TEN3).
 */
export class Flusher {
  readonly #loop: EventLoop
  /** In the order in which they are served. */
  readonly #lines = new Map<string, Line>()
  #scheduled = false
  #flushedThisTurn = false
  #start = Batch.empty()

  constructor(loop: EventLoop) {
    this.#loop = loop
  }

  /** Where batches of this turn begin: those that begin here are shared. */
  get start(): Batch {
    return this.#start
  }

  /** The connection will be flushed, once. */
  add(connection: Flushable): void {
    let line = this.#lines.get(connection.tenant)
    if (line === undefined) {
      line = new Line()
      this.#lines.set(connection.tenant, line)
    }
    line.push(connection)
    if (this.#scheduled) return
    this.#scheduled = true
    if (this.#flushedThisTurn) this.#loop.later(this.#run)
    else this.#loop.soon(this.#run)
  }

  readonly #run = (): void => {
    this.#slice()
    this.#start = Batch.empty()
    this.#scheduled = this.#lines.size > 0
    if (this.#scheduled) this.#loop.later(this.#run)
    if (this.#flushedThisTurn) return
    this.#flushedThisTurn = true
    this.#loop.later(this.#turnIsOver)
  }

  readonly #turnIsOver = (): void => {
    this.#flushedThisTurn = false
  }

  #slice(): void {
    let left = writesPerSlice
    while (left > 0 && this.#lines.size > 0) {
      // Holds: there is one.
      const [[tenant, line]] = this.#lines as unknown as [[string, Line]]
      this.#lines.delete(tenant)
      left -= line.flush(Math.min(left, writesPerTenant))
      if (!line.empty) this.#lines.set(tenant, line)
    }
  }
}
