import { createClient } from '@millrace/client'
import { pause, type Random, testContract } from '@millrace-tests/support'
import { ControlError, type TestProcess } from '@millrace-tests/support/server'
import type { Attempt } from '../ledger.ts'

/** Publishes one after the other, waiting for each answer, and writes down what it knows. */
export interface Publisher {
  readonly attempts: readonly Attempt[]
  /** Resolves when it has stopped. */
  stop(): Promise<void>
}

export interface PublisherOptions {
  readonly name: string
  readonly random: Random
  readonly everyMs: number
}

type Outcome = Attempt['outcome']

function startPublisher(
  { name, random, everyMs }: PublisherOptions,
  channelOf: () => string,
  publish: (channel: string, key: string) => Promise<Outcome>,
): Publisher {
  const attempts: Attempt[] = []
  const sequences = new Map<string, number>()
  let running = true

  async function work(): Promise<void> {
    while (running) {
      const channel = channelOf()
      const sequence = (sequences.get(channel) ?? 0) + 1
      sequences.set(channel, sequence)
      const key = `${name}-${channel}-${sequence}`
      attempts.push({ key, channel, publisher: name, sequence, outcome: await publish(channel, key) })
      await pause(random.int(0, everyMs * 2))
    }
  }
  const done = work()
  return {
    attempts,
    stop() {
      running = false
      return done
    },
  }
}

const unknown: Outcome = { kind: 'unknown' }

/** Nobody knows whether it has happened: the server, its store or the way there was gone. Throws what should never be answered. */
function assertOpen(error: unknown): void {
  if (!(error instanceof ControlError)) throw error
  // Codes of ours are words; those of a database or a socket are not.
  if (/^[a-z_]+$/.test(error.code) && !['unreachable', 'unavailable', 'failed'].includes(error.code)) throw error
}

/** Over the server's own side, with idempotency keys: half of the tries that get no answer are repeated until they do. */
export function startKeyedPublisher(server: () => TestProcess, millIds: readonly string[], options: PublisherOptions): Publisher {
  const { random } = options
  return startPublisher(
    options,
    () => `mill:${random.pick(millIds)}`,
    async (channel, key) => {
      const persistent = random.chance(0.5)
      // A few are large, so that frames are cut in the middle and chunks of a recovery are full.
      const note = 'x'.repeat(random.chance(0.1) ? random.int(1_000, 20_000) : random.int(0, 300))
      for (;;) {
        try {
          const data = { id: key, kg: 1, note }
          const { position } = await server().publish({ channel, event: 'purchase:created', data, idempotencyKey: key })
          return { kind: 'acked', offset: position?.offset ?? null }
        } catch (error) {
          assertOpen(error)
          if (!persistent) return unknown
          await pause(100)
        }
      }
    },
  )
}

/** In business transactions, a third of which are rolled back. */
export function startBuyer(server: () => TestProcess, millId: string, options: PublisherOptions): Publisher {
  const { random } = options
  return startPublisher(
    options,
    () => `mill:${millId}`,
    async (_, key) => {
      try {
        const { committed } = await server().buy({ millId, key, rollback: random.chance(0.33) })
        return committed ? { kind: 'acked', offset: null } : { kind: 'refused' }
      } catch (error) {
        assertOpen(error)
        return unknown
      }
    },
  )
}

/** As a client's request, over the network that breaks. */
export function startRequester(url: string, token: string, millIds: readonly string[], options: PublisherOptions): Publisher {
  const { random } = options
  const client = createClient({
    contract: testContract,
    url,
    token: () => token,
    attemptTimeoutMs: 4_000,
    random: () => random.next() * 0.1,
    onError: () => {},
  })
  const publisher = startPublisher(
    options,
    () => `mill:${random.pick(millIds)}`,
    async (channel, key) => {
      try {
        const millId = channel.replace('mill:', '')
        const { offset } = await client.request('buy', { millId, purchase: { id: key, kg: 1 } }, { timeoutMs: 5_000 })
        return { kind: 'acked', offset }
      } catch {
        return unknown
      }
    },
  )
  return {
    attempts: publisher.attempts,
    async stop() {
      await publisher.stop()
      client.close()
    },
  }
}
