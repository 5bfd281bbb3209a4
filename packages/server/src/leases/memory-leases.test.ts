import { describeLeaseConformance } from './conformance.ts'
import { memoryLeases } from './memory-leases.ts'

describeLeaseConformance({
  name: 'memory',
  create: async ({ clock }) => memoryLeases(clock),
  dispose: async () => undefined,
})
