import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { benchSecret, type ServerAnswers, type ServerCommand } from '../protocol.ts'

/** What differs between the two servers under test. */
export interface Subject {
  attach(http: Server): void
  publish(n: number, delivery: 'durable' | 'volatile'): void
  /** Resolves when the publication is on the disk, and has been sent. */
  publishDurably(n: number): Promise<void>
}

async function atRate(perSecond: number, count: number, run: (n: number) => void): Promise<void> {
  const start = performance.now()
  for (let n = 0; n < count; n++) {
    const wait = start + (n * 1_000) / perSecond - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
    run(n)
  }
}

async function token(userId: string): Promise<string> {
  return new SignJWT({ tenant: 'bench', roles: [] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(benchSecret))
}

async function answer(subject: Subject, command: ServerCommand): Promise<ServerAnswers[ServerCommand['do']]> {
  switch (command.do) {
    case 'token':
      return Promise.all(Array.from({ length: command.count }, (_, index) => token(`${command.userId}-${index}`)))
    case 'publish': {
      const before = process.cpuUsage()
      await atRate(command.perSecond, command.count, (n) => subject.publish(n, command.delivery))
      // What was published last is still on its way out.
      await new Promise((resolve) => setTimeout(resolve, 500))
      const used = process.cpuUsage(before)
      return { cpuMs: (used.user + used.system) / 1_000 }
    }
    case 'durable': {
      const start = performance.now()
      let next = 0
      const publisher = async (): Promise<void> => {
        while (next < command.count) await subject.publishDurably(next++)
      }
      await Promise.all(Array.from({ length: command.concurrency }, publisher))
      return { perSecond: (command.count * 1_000) / (performance.now() - start) }
    }
    case 'fill':
      await Promise.all(Array.from({ length: command.count }, (_, n) => subject.publishDurably(n)))
      return null
    case 'memory':
      globalThis.gc?.()
      return { residentBytes: process.memoryUsage().rss }
  }
}

/** Listens on a free port and answers the runner's commands until it disconnects. */
export function serve(subject: Subject): void {
  const http = createServer((_, response) => response.writeHead(404).end())
  subject.attach(http)
  http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }))
  process.on('message', ({ id, command }: { id: number; command: ServerCommand }) => {
    answer(subject, command).then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    )
  })
  process.on('disconnect', () => process.exit(0))
}
