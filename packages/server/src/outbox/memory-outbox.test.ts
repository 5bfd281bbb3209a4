import { memoryStore } from '../memory-store.ts'
import { noTransactions } from '../store-conformance.ts'
import { describeOutboxConformance } from './conformance.ts'

const open = () => ({ ...memoryStore(), transactions: noTransactions })

describeOutboxConformance({
  name: 'memory',
  create: async () => open(),
  reopen: async () => open(),
  dispose: (store) => Promise.resolve(void store),
  gaps: {
    OUT1: 'memory takes part in no transaction',
    OUT2: 'memory takes part in no transaction',
    OUT5: 'memory takes part in no transaction',
  },
})
