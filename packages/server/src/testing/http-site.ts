import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { channel, defineContract, event } from '@millrace/contract'
import { z } from 'zod'
import { type ApiKey, hashApiKey } from '../ingress/http/api-keys.ts'
import { type HttpApi, type HttpApiOptions, httpApi } from '../ingress/http/http-api.ts'
import { problemBody } from '../ingress/http/schemas.ts'
import { type RecordingLogger, recordingLogger } from './recording-logger.ts'
import { startTestServer, type TestServer } from './test-server.ts'

export const contract = defineContract({
  title: 'Mill',
  channels: {
    mill: channel('mill:{id}', {
      events: {
        bought: event(z.object({ kg: z.number().positive() })),
        stats: event(z.object({ kg: z.number() }), { delivery: 'retained' }),
        moved: event(z.object({ kg: z.number() }), { delivery: 'volatile' }),
      },
      presence: z.object({ status: z.string() }),
    }),
    doc: channel('doc:{type}/{id}', { events: { saved: event(z.object({})) } }),
  },
  direct: { hint: event(z.object({ text: z.string() }), { delivery: 'volatile' }) },
})

export const all = ['publish', 'notify', 'send', 'revoke', 'read'] as const
export const keyOf = (id: string, more: Partial<ApiKey> = {}): ApiKey => ({
  id,
  hash: hashApiKey(`${id}-secret`),
  scopes: all,
  tenants: ['acme'],
  ...more,
})
export const keys = [
  keyOf('acme'),
  keyOf('other', { tenants: ['other'] }),
  keyOf('both', { tenants: ['acme', 'other'] }),
  keyOf('mill7', { channels: ['mill:7'] }),
  keyOf('mills', { channels: ['mill:{id}'] }),
  keyOf('reader', { scopes: ['read'] }),
  keyOf('old', { hash: [hashApiKey('old-secret'), hashApiKey('new-secret')] }),
  keyOf('slow', { rate: { perSecond: 1, burst: 3 } }),
]

export interface Asked {
  readonly key?: string | null
  readonly headers?: Record<string, string>
  readonly method?: string
  readonly body?: unknown
  readonly text?: string | Uint8Array<ArrayBuffer>
}

/** A server with its HTTP API, and a program that asks it. */
export class HttpSite {
  readonly node: TestServer<typeof contract>
  readonly log: RecordingLogger = recordingLogger()
  api: HttpApi
  http: Server = createServer()

  private constructor(node: TestServer<typeof contract>) {
    this.node = node
    this.api = httpApi(node.rt, { keys })
  }

  static async open(): Promise<HttpSite> {
    const site = new HttpSite(await startTestServer({ contract, policy: { mill: () => true } }))
    await site.serve()
    return site
  }

  get port(): number {
    // Holds: a server that listens on a port has an address of this kind.
    return (this.http.address() as AddressInfo).port
  }

  /** The API with other options, on another port. */
  async serve(options: Partial<HttpApiOptions> & { readonly rt?: TestServer<typeof contract>['rt'] } = {}): Promise<void> {
    const { rt = this.node.rt, ...more } = options
    this.api = httpApi(rt, { keys, logger: this.log, clock: this.node.clock, ...more })
    await this.listen((request, response) => {
      if (!this.api.handle(request, response)) response.writeHead(299).end('not ours')
    })
  }

  async listen(listener: RequestListener): Promise<void> {
    this.http.close()
    this.http = createServer(listener)
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve))
  }

  async ask(
    path: string,
    { key = 'acme', headers = {}, body, text, method = body === undefined && text === undefined ? 'GET' : 'POST' }: Asked = {},
  ) {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}-secret` }),
        ...(method === 'POST' && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(method === 'POST' && { body: text ?? JSON.stringify(body) }),
    })
    const answer = await response.text()
    return { status: response.status, headers: response.headers, body: answer === '' ? null : JSON.parse(answer) }
  }

  /** Throws unless it is refused so, with a problem that is one. */
  async refused(path: string, asked: Asked, status: number, code: string) {
    const { body, headers, status: got } = await this.ask(path, asked)
    const problem = problemBody.parse(body)
    const said = `${got} ${problem.status} ${problem.code} ${problem.type} ${headers.get('content-type')}`
    const due = `${status} ${status} ${code} urn:millrace:problem:${code} application/problem+json; charset=utf-8`
    if (said !== due) throw new Error(`expected "${due}", got "${said}"`)
    return { body, headers }
  }

  async close(): Promise<void> {
    this.http.closeAllConnections()
    this.http.close()
    await this.node.close()
  }
}
