import { ConfigurationError } from '../../configuration-error.ts'
import type { RabbitLinkOptions } from './link.ts'
import type { MessageFacts } from './message.ts'
import { checkQueueName } from './topology.ts'

export type RabbitIngressOptions = RabbitLinkOptions & {
  readonly queue: string
  /** So many messages are in work at once. @default 50 */
  readonly prefetch?: number
  /** The largest message, in bytes. @default 1 MiB */
  readonly maxMessageBytes?: number
  /** A message that was taken back more often, because who tried it died or lost its connection, is parked. @default 10 */
  readonly maxRedeliveries?: number
  /** The longest pause before a message is tried again whose publication failed for now. @default 5 s */
  readonly retryMaxMs?: number
  /** How long `close` waits for what is in work. @default 10 s */
  readonly drainMs?: number
} & (
    | { /** The tenant of every message of this queue. */ readonly tenant: string }
    | {
        /**
         * The tenant of a message, null for none. Headers are the sender's word: only for a queue that nobody publishes to but programs that may
         * act for each of these tenants.
         */
        readonly tenantOf: (facts: MessageFacts) => string | null
      }
  )

export const rabbitIngressDefaults = {
  prefetch: 50,
  maxMessageBytes: 1_048_576,
  maxRedeliveries: 10,
  retryMaxMs: 5_000,
  drainMs: 10_000,
} as const

export interface IngressSettings {
  readonly prefetch: number
  readonly maxMessageBytes: number
  readonly maxRedeliveries: number
  readonly retryMaxMs: number
  readonly drainMs: number
  readonly tenantOf: (facts: MessageFacts) => string | null
}

/** The options with what they leave out. Throws a `ConfigurationError` for what cannot be meant so. */
export function ingressSettings(options: RabbitIngressOptions): IngressSettings {
  const { prefetch, maxMessageBytes, maxRedeliveries, retryMaxMs, drainMs } = { ...rabbitIngressDefaults, ...options }
  const numbers = { prefetch, maxMessageBytes, maxRedeliveries, retryMaxMs, drainMs }
  checkQueueName(options.queue)
  for (const [setting, value] of Object.entries(numbers))
    if (!Number.isSafeInteger(value) || value < 1) throw new ConfigurationError(setting, `is ${value}`, 'give a whole number of at least 1')
  if (prefetch > 1_000) throw new ConfigurationError('prefetch', `is ${prefetch}`, 'take 1000 messages at once, or fewer')
  return { ...numbers, tenantOf: tenantSetting(options) }
}

function tenantSetting(options: RabbitIngressOptions): IngressSettings['tenantOf'] {
  if ('tenantOf' in options) {
    if ('tenant' in options) throw new ConfigurationError('tenant', 'is there beside tenantOf', 'choose one')
    return options.tenantOf
  }
  const { tenant } = options
  if (typeof tenant !== 'string' || tenant === '')
    throw new ConfigurationError('tenant', 'is missing', 'name the tenant of the queue, or say with tenantOf how a message tells it')
  return () => tenant
}
