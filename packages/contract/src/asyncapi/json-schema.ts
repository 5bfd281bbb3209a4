import type { StandardJSONSchemaV1 } from '@standard-schema/spec'
import type { Schema } from '../schema.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** `input`: what is given to the schema. `output`: what comes out of it, and travels. */
export type SchemaDirection = 'input' | 'output'

/** Says a schema as JSON Schema, draft 7; null where it cannot. */
export type ToJsonSchema = (schema: Schema, direction: SchemaDirection) => JsonSchema | null

type Converter = StandardJSONSchemaV1.Converter

/** Through Standard JSON Schema, which zod 4.2 and others implement themselves. */
export function standardJsonSchema(schema: Schema, direction: SchemaDirection): JsonSchema | null {
  // Holds: Standard JSON Schema adds this property to the same object; a library without it leaves it undefined.
  const converter = (schema['~standard'] as { readonly jsonSchema?: Converter }).jsonSchema
  return converter?.[direction]({ target: 'draft-07' }) ?? null
}

const keywordsWithSchemaMaps = new Set(['properties', 'patternProperties', 'definitions', '$defs', 'dependencies', 'dependentSchemas'])
const keywordsWithData = new Set(['const', 'default', 'enum', 'examples', 'required', 'example'])

/**
 * Moves a schema that was a document of its own to `base`, a place inside another: its references begin there from now on, and
 * the keywords that only a whole document has are left out.
 */
export function embed(schema: JsonSchema, base: string): JsonSchema {
  const { $schema, $id, ...rest } = schema
  return moveSchema(rest, base) as JsonSchema
}

function moveSchema(node: unknown, base: string): unknown {
  if (Array.isArray(node)) return node.map((item) => moveSchema(item, base))
  if (typeof node !== 'object' || node === null) return node
  return mapValues(node, (value, keyword) => {
    if (keyword === '$ref' && typeof value === 'string' && value.startsWith('#')) return base + value.slice(1)
    if (keywordsWithData.has(keyword)) return value
    if (keywordsWithSchemaMaps.has(keyword) && typeof value === 'object' && value !== null)
      return mapValues(value, (entry) => moveSchema(entry, base))
    return moveSchema(value, base)
  })
}

function mapValues(node: object, change: (value: unknown, key: string) => unknown): JsonSchema {
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, change(value, key)]))
}
