import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { constants } from 'node:os'
import { ConfigurationError, pinoLogger } from '@millrace/server'
import { loadConfig } from '../config/load-config.ts'
import { nameOf, openNode } from '../config/open-parts.ts'
import type { Context, EndSignal } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'

export interface ServeOptions {
  readonly config?: string
  readonly port?: number
}

export const defaultPort = 5_000

function listen(http: HttpServer, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const at = host === undefined ? `port ${port}` : `${host}:${port}`
      const problem =
        error.code === 'EADDRINUSE' ? `${at} is taken` : error.code === 'EACCES' ? `${at} is not ours to use` : `${at}: ${error.message}`
      const mend = error.code === 'EADDRNOTAVAIL' ? 'set an address of this machine' : 'stop the other program, or set another with --port'
      reject(new ConfigurationError('http.port', problem, mend))
    })
    http.listen({ port, ...(host !== undefined && { host }) }, resolve)
  })
}

/** Where it listens now: the port is another one than was asked for where that was 0. */
function portOf(http: HttpServer): number | null {
  const address = http.address()
  return typeof address === 'object' ? (address?.port ?? null) : null
}

/** Runs the standalone server until a signal, or an error that nobody has caught. Answers the exit code. */
export async function serve(options: ServeOptions, context: Context): Promise<number> {
  const ending = new Promise<EndSignal | 'crash'>((resolve) => {
    let first = true
    context.onSignal((signal) => {
      if (!first) context.exit(128 + constants.signals[signal])
      first = false
      resolve(signal)
    })
    context.onCrash((error) => {
      // Before there is a logger, and where this one is what fails.
      context.note(`millrace: ${error instanceof Error ? error.stack : error}`)
      resolve('crash')
    })
  })
  const loaded = await loadConfig(context.folder, options.config)
  const { config } = loaded
  const logger = config.logger ?? pinoLogger(config.log)
  await using node = await openNode(loaded, logger)
  const { server, api } = node
  const http = createHttpServer((request, response) => {
    if (server.handleHttp(request, response) || api?.handle(request, response)) return
    response.writeHead(404).end()
  })
  server.attach(http)
  await listen(http, options.port ?? config.http?.port ?? defaultPort, config.http?.host)
  const about = { port: portOf(http), host: config.http?.host ?? null, store: node.store.name, broker: nameOf(config.broker, 'local:') }
  logger.info(about, 'listening')
  if (context.env.NODE_ENV === 'production' && node.store.name === 'memory')
    logger.warn({ store: node.store.name }, 'everything is lost with the process: set `store`')

  const reason = await ending
  logger.info({ reason }, 'draining')
  await server.drain(config.drain)
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
  logger.info({ reason }, 'ended')
  return reason === 'crash' ? exitCodes.failed : exitCodes.ok
}
