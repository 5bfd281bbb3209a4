export * from './channel.ts'
export * from './clock.ts'
export * from './codes.ts'
export * from './contract.ts'
export * from './delivery.ts'
export * from './errors.ts'
export {
  type EventData,
  type EventDefinition,
  type EventInput,
  type EventMap,
  type EventOptions,
  event,
} from './event.ts'
export * from './inbox.ts'
export * from './pattern.ts'
export * from './presence.ts'
export * from './request.ts'
export * from './schema.ts'
