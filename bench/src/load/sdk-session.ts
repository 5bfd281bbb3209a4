import { clientFrame } from './client-frame.ts'
import type { LoadConnection } from './load-connection.ts'

interface Position {
  readonly epoch: string
  readonly offset: number
}
/** Of a publication, what says where it stands. */
interface Placed {
  readonly o: number
  readonly p: string
}

const [welcome, publication, recovered, ack] = ['42["mr:welcome"', '42["mr:pub",', '42["mr:recovered",', '431'] as const
const channel = 'mill:1'
const maxPublications = 1_024

/** An SDK client in `mill:1`: keeps its position from connection to connection, and counts how often it got each publication. */
export class SdkSession {
  #position: Position | undefined
  #first = 0
  readonly #seen = new Uint8Array(maxPublications)

  /** Subscribes when welcomed, from where it was; ready once it is live, with all that it missed. */
  onPacket(packet: string, connection: LoadConnection): void {
    if (packet.startsWith(publication)) this.#have([this.#payload(packet) as Placed])
    else if (packet.startsWith(recovered)) this.#have((this.#payload(packet) as { publications: Placed[] }).publications)
    else if (packet.startsWith(welcome))
      connection.write(clientFrame(`421["mr:subscribe",${JSON.stringify({ channel, position: this.#position })}]`))
    else if (packet.startsWith(ack)) this.#live(packet, connection)
  }

  /** Of the `published` publications since it first was live: how many never came, and how many came again. */
  audit(published: number): { readonly lost: number; readonly twice: number } {
    const counts = this.#seen.subarray(0, published)
    return { lost: counts.filter((count) => count === 0).length, twice: this.#seen.reduce((sum, count) => sum + Math.max(0, count - 1), 0) }
  }

  // Holds: the server's own events have one payload.
  #payload(packet: string): unknown {
    return (JSON.parse(packet.slice(2)) as [string, unknown])[1]
  }

  #live(packet: string, connection: LoadConnection): void {
    // Holds: it is the ack of `mr:subscribe`.
    const [reply] = JSON.parse(packet.slice(ack.length)) as [{ ok: boolean; data: { kind: string; position: Position } }]
    const returning = this.#position !== undefined
    if (!reply.ok || (returning && reply.data.kind !== 'recovered')) {
      connection.fail(packet)
      return
    }
    if (!returning) this.#first = reply.data.position.offset
    this.#position = reply.data.position
    connection.ready()
  }

  #have(publications: readonly Placed[]): void {
    for (const { o, p } of publications) {
      const index = o - this.#first - 1
      this.#seen[index] = (this.#seen[index] ?? 0) + 1
      this.#position = { epoch: p, offset: o }
    }
  }
}
