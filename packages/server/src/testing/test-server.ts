import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AnyContract, Clock } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import type { MillraceServer } from '../api.ts'
import { jwt } from '../auth/jwt.ts'
import { createServer } from '../hub.ts'
import type { ServerOptions } from '../options.ts'
import { type MintClaims, mintToken, testSecret } from './mint-token.ts'
import { type RecordingLogger, recordingLogger } from './recording-logger.ts'

export type TestServerOptions<C extends AnyContract, K extends Clock> = Omit<ServerOptions<C>, 'auth' | 'clock'> & {
  /** @default tokens of `mint` are accepted */
  readonly auth?: ServerOptions<C>['auth']
  /** @default a clock that stands still until it is told to move */
  readonly clock?: K
  /** @default a free port */
  readonly port?: number
}

export interface TestServer<C extends AnyContract, K extends Clock = ManualClock> {
  readonly rt: MillraceServer<C>
  readonly http: HttpServer
  readonly url: string
  readonly port: number
  readonly clock: K
  /** What was logged, unless the options brought a logger. */
  readonly log: RecordingLogger
  /** A token for a user, of tenant `acme` unless said otherwise. */
  mint(claims: MintClaims): Promise<string>
  close(): Promise<void>
}

/** A real server on a free port, whose time the test controls. */
export async function startTestServer<C extends AnyContract, K extends Clock = ManualClock>(
  options: TestServerOptions<C, K>,
): Promise<TestServer<C, K>> {
  // Holds: K is ManualClock exactly when no clock was given.
  const clock = options.clock ?? (manualClock() as unknown as K)
  const log = recordingLogger()
  const { port: wanted = 0, ...rest } = options
  const auth = options.auth ?? jwt({ secret: testSecret, clock, claims: { tenant: 'tenant' } })
  // Holds: the spread is the options that were given, with what they left out.
  const rt = createServer({ logger: log, tenant: 'acme', ...rest, auth, clock } as ServerOptions<C>)
  const http = createHttpServer((request, response) => {
    if (!rt.handleHttp(request, response)) response.writeHead(404).end()
  })
  rt.attach(http)
  await new Promise<void>((resolve, reject) => http.once('error', reject).listen(wanted, '127.0.0.1', resolve))
  // Holds: a server that listens on a port has an address of this kind.
  const { port } = http.address() as AddressInfo

  return {
    rt,
    http,
    url: `http://127.0.0.1:${port}`,
    port,
    clock,
    log,
    mint: (claims) => mintToken(clock, claims),
    async close() {
      await rt.close()
      http.closeAllConnections()
      await new Promise<void>((resolve) => http.close(() => resolve()))
    },
  }
}
