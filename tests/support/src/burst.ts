import { nextTurn } from './node/deadline.ts'

/** One thing that a burst sends: to the connection that asked, or to its channel. */
export type BurstItem =
  | { readonly event: 'note'; readonly data: { readonly text: string } }
  | { readonly event: 'purchase:created'; readonly data: { readonly id: string; readonly kg: number; readonly note: string } }
  | { readonly event: 'scale:moved'; readonly data: { readonly kg: number; readonly pad: string } }

// So many items of a burst are sent in one turn of the event loop.
const perTurn = 12

/** Direct messages, durable and volatile publications by turns, each fourth of them longer than what is compressed. */
function burstItem(name: string, n: number): BurstItem {
  const label = `${name} ${n}`
  const pad = n % 4 === 0 ? 'ধান '.repeat(800) : ''
  if (n % 3 === 0) return { event: 'note', data: { text: `${label}|${pad}` } }
  if (n % 3 === 1) return { event: 'purchase:created', data: { id: label, kg: n, note: pad } }
  return { event: 'scale:moved', data: { kg: n, pad: `${label}|${pad}` } }
}

/** `NAME n` of an item as a client heard it; undefined for other events. */
export function burstLabel(event: string, data: unknown): string | undefined {
  // Holds: the contract gives these events such payloads.
  if (event === 'note') return (data as { text: string }).text.split('|')[0]
  if (event === 'purchase:created') return (data as { id: string }).id
  if (event === 'scale:moved') return (data as { pad: string }).pad.split('|')[0]
  return undefined
}

/** The bursts of one server. */
export interface Bursts {
  /** Calls `send` for one item after the other, up to `count` of them; answers how many it were. */
  run(burst: { readonly name: string; readonly count: number }, send: (item: BurstItem) => unknown): Promise<number>
  /** Ends the burst of this name before its count. */
  stop(name: string): void
}

export function bursts(): Bursts {
  const running = new Set<string>()
  return {
    async run({ name, count }, send) {
      running.add(name)
      let sent = 0
      while (sent < count && running.has(name)) {
        await send(burstItem(name, sent++))
        if (sent % perTurn === 0) await nextTurn()
      }
      running.delete(name)
      return sent
    },
    stop: (name) => void running.delete(name),
  }
}

/** What the answer to an upload says of its bytes. */
export function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + byte, 0)
}
