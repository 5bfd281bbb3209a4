import { describe } from 'vitest'
import { stockClients, type Way, ways } from './clients.ts'
import { startMillraceSubject } from './millrace-subject.ts'
import { describeOrder } from './order-suite.ts'
import { describeStockClient } from './suite.ts'

const clients = await stockClients()

describe('Millrace', () => {
  // Holds: these are the keys of `ways`.
  for (const client of clients)
    for (const way of Object.keys(ways) as Way[]) {
      describeStockClient(client, way, startMillraceSubject)
      describeOrder(client, way, startMillraceSubject)
      if (way !== 'polling') describeOrder(client, way, startMillraceSubject, { compression: true })
    }
})
