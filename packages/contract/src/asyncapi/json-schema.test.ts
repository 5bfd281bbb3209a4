import { expect, it } from 'vitest'
import { embed } from './json-schema.ts'

it('moves references into the place where a schema is embedded, and nothing that only looks like one', () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'purchase',
    definitions: { part: { anyOf: [{ $ref: '#' }, { $ref: '#/definitions/part' }, { $ref: 'https://example.com/a.json' }] } },
    properties: {
      $ref: { type: 'string' },
      const: { $ref: '#' },
      link: { const: { $ref: '#' }, enum: [{ $ref: '#' }], default: { $ref: '#' } },
    },
    additionalProperties: { $ref: '#/definitions/part' },
  }
  expect(embed(schema, '#/components/schemas/p')).toEqual({
    definitions: {
      part: {
        anyOf: [
          { $ref: '#/components/schemas/p' },
          { $ref: '#/components/schemas/p/definitions/part' },
          { $ref: 'https://example.com/a.json' },
        ],
      },
    },
    properties: {
      $ref: { type: 'string' },
      const: { $ref: '#/components/schemas/p' },
      link: schema.properties.link,
    },
    additionalProperties: { $ref: '#/components/schemas/p/definitions/part' },
  })
})
