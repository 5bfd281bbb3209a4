import type { DeliveryClass } from './delivery.ts'
import { refuseReserved } from './reserved.ts'
import type { InferInput, InferOutput, Schema } from './schema.ts'

export interface EventDefinition<S extends Schema = Schema, D extends DeliveryClass = DeliveryClass> {
  readonly schema: S
  readonly delivery: D
  /** Retained events: one newest value is kept per key. Without it there is one per event. */
  readonly key?: (data: InferOutput<S>) => string
  readonly description?: string
}

export interface EventOptions<S extends Schema, D extends DeliveryClass> {
  /** @default 'durable' */
  readonly delivery?: D
  /** Retained events only: one newest value is kept per key. */
  readonly key?: [D] extends ['retained'] ? (data: InferOutput<S>) => string : never
  readonly description?: string
}

/** Declares an event: its payload and its delivery class. Payloads travel as JSON. */
export function event<S extends Schema, D extends DeliveryClass = 'durable'>(
  schema: S,
  options: EventOptions<S, D> = {},
): EventDefinition<S, NoInfer<D>> {
  // Holds: D is 'durable' exactly when no delivery was given.
  const delivery = (options.delivery ?? 'durable') as D
  const { key, description } = options
  if (key !== undefined && delivery !== 'retained') throw new TypeError('an event with a `key` has delivery "retained"')
  return { schema, delivery, ...(key && { key }), ...(description && { description }) }
}

export type EventMap = Readonly<
  Record<
    string,
    {
      readonly schema: Schema
      readonly delivery: DeliveryClass
      // A method's parameters are bivariant, which lets a map of specific events be assigned to the general one.
      key?(data: never): string
      readonly description?: string
    }
  >
>

export function checkEvents(events: EventMap): void {
  for (const name of Object.keys(events)) refuseReserved('event', name)
}

/** What a publisher gives for an event. */
export type EventInput<E extends EventMap, N extends keyof E> = InferInput<E[N]['schema']>
/** What a subscriber receives for an event. */
export type EventData<E extends EventMap, N extends keyof E> = InferOutput<E[N]['schema']>
