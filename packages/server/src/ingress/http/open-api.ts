import { z } from 'zod'
import type { Route } from './routes.ts'
import { problemBody } from './schemas.ts'

type Json = Readonly<Record<string, unknown>>

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io })
  return rest
}

function queryOf(schema: z.ZodType): readonly Json[] {
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(properties).map(([name, property]) => ({ name, in: 'query', required: required.includes(name), schema: property }))
}

function operationOf({ method, operation, summary, scope, named, input, idempotency, answer }: Route<unknown>): Json {
  const parameters = [
    ...(named ? [{ name: named.name, in: 'path', required: true, schema: schemaOf(named.schema, 'input') }] : []),
    ...(method === 'GET' ? queryOf(input) : []),
    ...(idempotency === undefined
      ? []
      : [
          {
            name: 'Idempotency-Key',
            in: 'header',
            required: false,
            description: idempotency,
            schema: { type: 'string', minLength: 1, maxLength: 200 },
          },
        ]),
  ]
  return {
    operationId: operation,
    summary,
    description: `The API key needs the scope \`${scope}\`.`,
    parameters,
    ...(method === 'POST' && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(input, 'input') } } },
    }),
    responses: {
      ...(answer === null
        ? { 204: { description: 'Done' } }
        : { 200: { description: 'Done', content: { 'application/json': { schema: schemaOf(answer, 'output') } } } }),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

/** The OpenAPI 3.1 document of the API, made of the schemas that check its requests. */
export function openApiOf(
  routes: readonly Route<unknown>[],
  { title, version }: { readonly title: string; readonly version: string },
): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) }
  return {
    openapi: '3.1.0',
    info: { title: `${title}: HTTP API`, version },
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of the server' } },
      responses: {
        Problem: {
          description: 'A failure (RFC 9457): `code` says which',
          headers: { 'Retry-After': { description: 'With 429 and 503: seconds to wait', schema: { type: 'integer' } } },
          content: { 'application/problem+json': { schema: schemaOf(problemBody, 'output') } },
        },
      },
    },
    security: [{ apiKey: [] }],
  }
}
