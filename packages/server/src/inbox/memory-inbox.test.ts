import { memoryStore } from '../memory-store.ts'
import { noTransactions } from '../store-conformance.ts'
import { describeInboxConformance } from './conformance.ts'

const open = () => ({ inbox: memoryStore().inbox, transactions: noTransactions })

describeInboxConformance({
  name: 'memory',
  create: async () => open(),
  reopen: async () => open(),
  dispose: () => Promise.resolve(),
  gaps: { LOG2: 'memory ends with its process', OUT1: 'memory takes part in no transaction' },
})
