import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { nowUs } from '../clock.ts'
import { answerCommands } from '../process/answer-commands.ts'
import type { Payload } from '../wire.ts'
import type { Publishing, ServerCommands, ServerSetup } from './commands.ts'
import { pace } from './pace.ts'

/** What differs between the servers under test. */
export interface Subject {
  attach(http: Server): void
  /** Publishes to everybody's channel. A promise resolves when what is durable is on the disk. */
  publish(delivery: Publishing['delivery'], payload: Payload): Promise<unknown> | undefined
}

// A storm of connections must reach the server, not be lost in front of it.
const backlog = 8_192
const collections = 4
const settleMs = 200

export function readSetup(): ServerSetup {
  // Holds: the runner starts a server with its setup as JSON.
  return JSON.parse(process.argv[2] ?? '') as ServerSetup
}

/** Answers the runner's commands for one subject. */
export function serve(subject: Subject): void {
  const http = createServer((_, response) => response.writeHead(404).end())
  subject.attach(http)
  answerCommands<ServerCommands>({
    listen: () =>
      new Promise((resolve) => {
        http.listen({ port: 0, host: '127.0.0.1', backlog }, () => resolve({ port: (http.address() as AddressInfo).port }))
      }),
    async publish(publishing) {
      const pad = 'x'.repeat(publishing.padBytes)
      let failed = 0
      await pace(publishing, (n) => {
        subject.publish(publishing.delivery, { t: nowUs(), n, pad })?.catch(() => failed++)
      })
      return { failed }
    },
    async collect() {
      for (let round = 0; round < collections; round++) {
        globalThis.gc?.()
        await pause(settleMs)
      }
      return null
    },
  })
}
