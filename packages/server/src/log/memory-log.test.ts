import { memoryStore } from '../memory-store.ts'
import { describeLogConformance } from './conformance.ts'

describeLogConformance({
  name: 'memory',
  create: async (options) => memoryStore(options).log,
  reopen: async () => memoryStore().log,
  dispose: () => Promise.resolve(),
  gaps: { LOG2: 'memory ends with its process' },
})
