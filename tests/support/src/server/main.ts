import { once } from 'node:events'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer, jwt, pinoLogger } from '@millrace/server'
import { testSecret } from '@millrace/server/testing'
import { behaviour } from './behaviour.ts'
import { controlServer } from './control.ts'
import { controlsOf } from './controls.ts'
import { openBroker, openHome } from './home.ts'
import { jumpingClock } from './jumping-clock.ts'
import { readServerSettings } from './settings.ts'

/** The test server as a process of its own: it can be killed, frozen and started again on its ports and files. */
const settings = readServerSettings(process.env)
const clock = jumpingClock()
const { store, shop } = await openHome(settings, clock)

const rt = createServer({
  ...behaviour,
  auth: jwt({ secret: testSecret, claims: { tenant: 'tenant' } }),
  tenant: 'acme',
  store,
  broker: await openBroker(settings),
  clock,
  logger: pinoLogger({ level: settings.logLevel }),
  heartbeat: settings.heartbeat,
  limits: settings.limits,
  backpressure: settings.backpressure,
})
function serve(): HttpServer {
  const server = createHttpServer((request, response) => {
    if (!rt.handleHttp(request, response)) response.writeHead(404).end()
  })
  rt.attach(server)
  return server
}
const http = serve()
const unix = settings.unixSocket === null ? null : serve().listen(settings.unixSocket)
const control = controlServer(controlsOf({ rt, store, shop, clock, unix }))

async function listen(server: HttpServer, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  // Holds: an HTTP server that listens has an address with a port.
  return (server.address() as AddressInfo).port
}

const port = await listen(http, settings.port)
const controlPort = await listen(control, settings.controlPort)
process.once('SIGTERM', () => void rt.drain({ timeoutMs: 5_000, reconnectWithinMs: 100 }).then(() => process.exit(0)))
// Nothing keeps it when its parent is gone.
process.once('disconnect', () => process.exit(1))
process.send?.({ port, controlPort })
