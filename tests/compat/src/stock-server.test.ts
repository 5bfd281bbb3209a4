import { describe } from 'vitest'
import { stockClients } from './clients.ts'
import { describeOrder } from './order-suite.ts'
import { startStockSubject } from './stock-subject.ts'
import { describeStockClient } from './suite.ts'

// The suite itself is held against the official server: what it asks for is Socket.IO, not something of ours.
const clients = await stockClients()

describe('the official server', () => {
  for (const client of clients) {
    const way = client.version === '3.1' ? 'polling' : 'upgrade'
    describeStockClient(client, way, startStockSubject)
    describeOrder(client, way, startStockSubject)
    if (way === 'upgrade') describeOrder(client, way, startStockSubject, { compression: true })
  }
})
