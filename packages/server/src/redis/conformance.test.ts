import { describe } from 'vitest'
import { describeBrokerConformance } from '../broker/conformance.ts'
import { redisBroker } from './redis-broker.ts'
import { newPrefix, redisIsThere, redisUrl } from './test-subjects.ts'

describe.runIf(redisIsThere)('Redis', () => {
  describeBrokerConformance({
    name: 'redis',
    create(nodes) {
      const prefix = newPrefix()
      return Promise.all(Array.from({ length: nodes }, () => redisBroker({ url: redisUrl, prefix })))
    },
  })
})
