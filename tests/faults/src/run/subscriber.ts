import { createClient, type MillraceClient, type PositionStorage } from '@millrace/client'
import type { Position, Publication } from '@millrace/contract'
import { type Random, type TestContract, testContract } from '@millrace-tests/support'
import type { HistoryItem, SubscriberHistory } from '../history.ts'

export interface SubscriberOptions {
  readonly name: string
  readonly url: string
  readonly token: string
  readonly millId: string
  readonly transports: readonly ('websocket' | 'polling')[]
  readonly random: Random
}

/** One person with the SDK, who writes down what they see. */
export interface Subscriber {
  readonly channel: string
  /** Resolves when the first subscription is live. */
  readonly started: Promise<void>
  readonly lastOffset: number
  readonly history: SubscriberHistory
  /** What the client reported as its own or the server's failure. */
  readonly reports: readonly string[]
  /** Closes the client and begins anew with the stored positions, as a page that is reloaded. */
  reload(): void
  close(): void
}

function memoryStorage(): PositionStorage {
  const entries = new Map<string, string>()
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    removeItem: (key) => void entries.delete(key),
  }
}

export function startSubscriber({ name, url, token, millId, transports, random }: SubscriberOptions): Subscriber {
  const ref = testContract.channels.mill({ millId })
  const positions = memoryStorage()
  const items: HistoryItem[] = []
  const reports: string[] = []
  let after: number | null = null
  let last: Position = { epoch: '', offset: 0 }
  let begun = () => {}
  const started = new Promise<void>((resolve) => {
    begun = resolve
  })

  function see({ id }: { readonly id: string }, { id: publicationId, position }: Publication): void {
    if (position === undefined) throw new Error(`a durable publication without a position: ${id}`)
    items.push({ kind: 'publication', channel: ref.name, offset: position.offset, id: `${publicationId} ${id}` })
    last = position
  }
  function open(): MillraceClient<TestContract> {
    const client = createClient({
      contract: testContract,
      url,
      token: () => token,
      transports,
      positions,
      attemptTimeoutMs: 4_000,
      // Keeps the waits between attempts near their lower bound: a run is short.
      random: () => random.next() * 0.1,
      onError: (error, { during }) => reports.push(`${during}: ${error instanceof Error ? error.message : String(error)}`),
    })
    client.channel(ref).subscribe({
      on: { 'purchase:created': see },
      load({ position, why }) {
        // The first time it says where the history begins; afterwards a load means a gap, or the client's own reload.
        if (after === null) {
          after = position.offset
          last = position
          begun()
        } else if (why !== 'initial' && why !== 'reload') {
          items.push({ kind: 'gap', continuesAfter: position.offset })
          last = position
        }
      },
    })
    return client
  }
  let client = open()

  return {
    channel: ref.name,
    started,
    get lastOffset() {
      return last.offset
    },
    get history() {
      return { subscriber: name, channel: ref.name, after: after ?? 0, items }
    },
    reports,
    reload() {
      client.close()
      client = open()
    },
    close: () => client.close(),
  }
}
