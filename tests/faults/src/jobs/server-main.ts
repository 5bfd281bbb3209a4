import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer, jwt } from '@millrace/server'
import { testSecret } from '@millrace/server/testing'
import { contract, jobs } from './reports.ts'
import { openShared } from './shared-store.ts'

/** The server that people are connected to, as a process of its own. */
const rt = createServer({
  ...{ contract, jobs, tenant: 'acme' },
  auth: jwt({ secret: testSecret, claims: { tenant: 'tenant' } }),
  policy: { reports: ({ identity, params }) => identity.userId === params.userId },
  store: await openShared(process.env.STORE ?? ''),
})
const http = createHttpServer()
rt.attach(http)
http.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
await once(http, 'listening')
process.once('disconnect', () => process.exit(1))
// Holds: an HTTP server that listens has an address with a port.
process.send?.({ port: (http.address() as AddressInfo).port })
