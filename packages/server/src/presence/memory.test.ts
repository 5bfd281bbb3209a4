import { describePresenceConformance } from './conformance.ts'
import { memoryPresence } from './memory.ts'

describePresenceConformance({ name: 'memory', create: async () => memoryPresence() })
