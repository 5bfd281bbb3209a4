/** Packets of connections that nobody asked for: pongs without a ping, pings without end. A client that behaves sends a handful between two heartbeats. */
export class Strays<Connection extends object> {
  readonly #max: number
  /** Of those that have sent any since the last heartbeat: no cost for all the others. */
  readonly #counts = new Map<Connection, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** One more. False: there were too many. */
  add(connection: Connection): boolean {
    const count = (this.#counts.get(connection) ?? 0) + 1
    this.#counts.set(connection, count)
    return count <= this.#max
  }

  forget(connection: Connection): void {
    this.#counts.delete(connection)
  }

  /** A new heartbeat. */
  clear(): void {
    this.#counts.clear()
  }
}
