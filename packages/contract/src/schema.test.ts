import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { event, MillraceError, type Schema, validate, validated } from './index.ts'

const libraries: Record<string, Schema> = {
  zod: z.object({ items: z.array(z.object({ kg: z.number() })), note: z.string() }),
  valibot: v.object({ items: v.array(v.object({ kg: v.number() })), note: v.string() }),
}

describe.each(Object.entries(libraries))('payloads checked by %s', (_, schema) => {
  it('[CON1] are accepted where they are valid', async () => {
    const payload = { items: [{ kg: 5 }], note: 'first' }
    expect(await validate(event(schema).schema, payload)).toEqual({ ok: true, value: payload })
  })

  it('[CON3] are refused with the path of each fault', async () => {
    const validation = await validate(schema, { items: [{ kg: 1 }, { kg: '2' }] })
    expect(validation).toMatchObject({ ok: false, faults: [{ path: 'items.1.kg' }, { path: 'note' }] })
    expect(() => validated(validation, 'event "purchase:created"')).toThrow(
      expect.objectContaining({
        code: 'invalid_payload',
        retry: false,
        message: expect.stringMatching(/^event "purchase:created" is not valid: items\.1\.kg: .+; note: /),
      }),
    )
  })
})

describe('validation', () => {
  it('[CON3] answers at once for a schema that is synchronous, and later for one that is not', async () => {
    expect(validate(z.string(), 'a')).toEqual({ ok: true, value: 'a' })
    const known = z.string().refine(async (id) => (await Promise.resolve(['a'])).includes(id), { error: 'is unknown' })
    const pending = validate(known, 'b')
    expect(pending).toBeInstanceOf(Promise)
    expect(await pending).toEqual({ ok: false, faults: [{ path: '', message: 'is unknown' }] })
    expect(
      await validate(
        v.pipeAsync(
          v.string(),
          v.checkAsync(async (id) => id === 'a'),
        ),
        'a',
      ),
    ).toEqual({ ok: true, value: 'a' })
  })

  it('[CON3] hands on what the schema makes of the value, not what was sent', () => {
    expect(validate(z.object({ kg: z.coerce.number() }), { kg: '5', admin: true })).toEqual({ ok: true, value: { kg: 5 } })
  })

  it('[CON3] refuses nesting that would exhaust a recursive schema', async () => {
    const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))
    expect(await validate(z.json(), deep)).toEqual({ ok: false, faults: [{ path: '', message: 'is nested too deeply' }] })
  })

  it('lets the fault of a schema itself through', async () => {
    const broken = z.string().transform(() => {
      throw new Error('broken')
    })
    await expect(async () => validate(broken, 'a')).rejects.toThrow('broken')
    const brokenLater = v.pipeAsync(
      v.string(),
      v.checkAsync(() => Promise.reject(new Error('broken later'))),
    )
    await expect(validate(brokenLater, 'a')).rejects.toThrow('broken later')
  })

  it('leaves payloads out of its message', () => {
    const validation = validate(z.object({ password: z.string().max(3) }), { password: 'hunter2' })
    if (validation instanceof Promise) throw new TypeError('the schema is synchronous')
    try {
      validated(validation, 'request')
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(MillraceError)
      expect(JSON.stringify({ message: (error as MillraceError).message, details: (error as MillraceError).details })).not.toContain(
        'hunter2',
      )
    }
  })
})
