import { describe } from 'vitest'
import { stockClients, type Way, ways } from './clients.ts'
import { startClusterSubject } from './cluster-subject.ts'
import { pythonSocketIoInstalled } from './python/python-client.ts'
import { describePythonClient } from './python/suite.ts'
import { describeStockClient } from './suite.ts'

const clients = await stockClients()

describe('two nodes, with sticky sessions', () => {
  const start = startClusterSubject(true)
  // Holds: these are the keys of `ways`.
  for (const client of clients) for (const way of Object.keys(ways) as Way[]) describeStockClient(client, way, start)
  if (pythonSocketIoInstalled()) for (const way of ['polling', 'upgrade'] as const) describePythonClient('async', way, start)
})

describe('two nodes, without stickiness: WebSocket only', () => {
  const start = startClusterSubject(false)
  for (const client of clients) describeStockClient(client, 'websocket', start)
  if (pythonSocketIoInstalled()) describePythonClient('sync', 'websocket', start)
})
