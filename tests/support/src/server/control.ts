import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'

/** What a test asks of a server in another process; an answer is anything JSON can say. */
export type Controls = Readonly<Record<string, (input: never) => unknown>>

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Serves controls as `POST /NAME` with JSON in and out. A failure answers 500 with its message and code. */
export function controlServer(controls: Controls): HttpServer {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const control = controls[(request.url ?? '/').slice(1)]
    if (control === undefined) {
      response.writeHead(404).end()
      return
    }
    try {
      // Holds: tests and controls are written together.
      const result = await control(JSON.parse(await readBody(request)) as never)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(result ?? null))
    } catch (error) {
      const { message, code } = error as { message?: string; code?: string }
      if (!response.destroyed) response.writeHead(500).end(JSON.stringify({ message, code }))
    }
  }
  return createServer((request, response) => void answer(request, response))
}
