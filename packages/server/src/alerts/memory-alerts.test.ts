import { memoryStore } from '../memory-store.ts'
import { noTransactions } from '../store-conformance.ts'
import { describeAlertConformance } from './conformance.ts'

describeAlertConformance({
  name: 'memory',
  create: async () => ({ alerts: memoryStore().alerts, transactions: noTransactions }),
  dispose: () => Promise.resolve(),
  gaps: { OUT1: 'memory takes part in no transaction' },
})
