export * from './asyncapi.ts'
export * from './document.ts'
export type { JsonSchema, SchemaDirection, ToJsonSchema } from './json-schema.ts'
