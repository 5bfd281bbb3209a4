import type { DeliveryClass } from '@millrace/contract'
// Placeholder until the real one is here: overwrite it.
export interface Metrics {
  connected(at: { kind: string; namespace: string; session: string | null }): void
  disconnected(at: { kind: string; namespace: string; reason: string }): void
  subscribed(change: 1 | -1): void
  recovered(result: string, count: number): void
  published(delivery: DeliveryClass): void
  delivered(delivery: DeliveryClass, readers: number, ms: number): void
  dropped(delivery: DeliveryClass, how: 'dropped' | 'conflated'): void
  refused(code: string): void
  request(code: string): void
  text(): Promise<string>
}
export function createMetrics(): Metrics {
  const none = () => {}
  return { connected: none, disconnected: none, subscribed: none, recovered: none, published: none, delivered: none, dropped: none, refused: none, request: none, text: async () => '' }
}
