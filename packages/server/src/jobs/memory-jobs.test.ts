import { memoryStore } from '../memory-store.ts'
import { noTransactions } from '../store-conformance.ts'
import { describeJobConformance } from './conformance.ts'

describeJobConformance({
  name: 'memory',
  create: async () => ({ ...memoryStore(), transactions: noTransactions }),
  dispose: () => Promise.resolve(),
  gaps: { OUT1: 'memory takes part in no transaction', LOG2: 'memory ends with its process' },
})
