/** The suites that every adapter of a port runs; they need Vitest, and fast-check. */
export { describeAlertConformance } from '../alerts/conformance.ts'
export { describeBrokerConformance } from '../broker/conformance.ts'
export { describeInboxConformance } from '../inbox/conformance.ts'
export { describeJobConformance } from '../jobs/conformance.ts'
export { describeLeaseConformance } from '../leases/conformance.ts'
export { describeLogConformance } from '../log/conformance.ts'
export { describeOutboxConformance } from '../outbox/conformance.ts'
export { type ConformanceGaps, type ConformanceTransactions, noTransactions, rulesWithGaps } from '../store-conformance.ts'
