import { describe } from 'vitest'
import { describeBrokerConformance } from '../broker/conformance.ts'
import { postgresBroker } from './broker.ts'
import { newDatabase, postgresIsThere } from './test-subjects.ts'

describe.runIf(postgresIsThere)('PostgreSQL', () => {
  describeBrokerConformance({
    name: 'postgres',
    async create(nodes) {
      const url = await newDatabase()
      return Promise.all(Array.from({ length: nodes }, () => postgresBroker({ url })))
    },
  })
})
