import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { nowUs } from '../clock.ts'
import { answerCommands } from '../process/answer-commands.ts'
import { benchTenant, type Delivery, type Payload } from '../wire.ts'
import type { ServerCommands, ServerSetup } from './commands.ts'
import { pace } from './pace.ts'

/** What differs between the servers under test. */
export interface Subject {
  attach(http: Server): void
  /** Publishes to `mill:<mill>` of a tenant. Resolves when what is durable is on the disk; rejects with `rate_limited` over the tenant's quota. */
  publish(mill: number, delivery: Delivery, payload: Payload, tenant: string): Promise<unknown>
  /** The same, with a row, in a transaction. `t` is set just before the publication and the commit: the row is there by then. */
  transact?(mill: number, payloadNow: () => Payload, tenant: string): Promise<unknown>
  queuedBytes?(): Promise<number>
}

// A storm of connections must reach the server, not be lost in front of it.
const backlog = 8_192
const collections = 4
const settleMs = 200
const usualPad = 'x'.repeat(150)

export function readSetup(): ServerSetup {
  // Holds: the runner starts a server with its setup as JSON.
  return JSON.parse(process.argv[2] ?? '') as ServerSetup
}

/** Answers the runner's commands for one subject. */
export function serve(subject: Subject): void {
  const http = createServer((_, response) => response.writeHead(404).end())
  subject.attach(http)
  const transact: NonNullable<Subject['transact']> =
    subject.transact?.bind(subject) ?? (() => Promise.reject(new Error('this server was not given a PostgreSQL database')))
  answerCommands<ServerCommands>({
    listen: () =>
      new Promise((resolve) => {
        // Holds: it listens on a port, not on a path.
        http.listen({ port: 0, host: '127.0.0.1', backlog }, () => resolve({ port: (http.address() as AddressInfo).port }))
      }),
    async publish(publishing) {
      const { deliveries, firstMill, mills, padBytes, tenant = benchTenant, transactional = false } = publishing
      const pad = 'x'.repeat(padBytes)
      const outcome = { refused: 0, failed: 0 }
      const onError = (error: { readonly code?: string }): void => {
        outcome[error.code === 'rate_limited' ? 'refused' : 'failed']++
      }
      const sent: Promise<unknown>[] = []
      await pace(publishing, (n) => {
        const delivery = deliveries[n % deliveries.length] ?? 'volatile'
        const mill = firstMill + (n % mills)
        const payloadNow = (): Payload => ({ t: nowUs(), n, pad })
        const publication = transactional ? transact(mill, payloadNow, tenant) : subject.publish(mill, delivery, payloadNow(), tenant)
        sent.push(publication.catch(onError))
      })
      await Promise.all(sent)
      return outcome
    },
    async publishInTurn({ publishers, seconds }) {
      const start = performance.now()
      let done = 0
      const publisher = async (): Promise<void> => {
        while (performance.now() - start < seconds * 1_000)
          await subject.publish(1, 'durable', { t: nowUs(), n: done++, pad: usualPad }, benchTenant)
      }
      await Promise.all(Array.from({ length: publishers }, publisher))
      return { perSecond: (done * 1_000) / (performance.now() - start) }
    },
    queuedBytes: async () => (await subject.queuedBytes?.()) ?? null,
    async collect() {
      for (let round = 0; round < collections; round++) {
        globalThis.gc?.()
        await pause(settleMs)
      }
      return null
    },
  })
}
