import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from './errors.ts'
import { channelPattern, escapeParam, maxChannelNameLength } from './pattern.ts'
import { patternShape, shapesOverlap } from './pattern-overlap.ts'

const patternsOverlap = (one: string, other: string) => shapesOverlap(patternShape(one), patternShape(other))

const mill = channelPattern('mill:{millId}')
const document = channelPattern('doc:{doctype}/{name}')
const dotted = channelPattern('v1.stock-{item}:lot.{lot}')

/** Values that look like names, separators, escapes and broken text. */
const hostile = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .array(fc.constantFrom(...':/%{}.-$*#?\\|\u0000\n\u2028é😀aA0_', '%003a', '%', '\ud83d', '\ude00', 'mill:', '..'), {
        minLength: 1,
        maxLength: 8,
      })
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 16 }) },
  {
    weight: 1,
    arbitrary: fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 8,
    }),
  },
)

describe('channel names', () => {
  it('reads back exactly the parameters it was made from', () => {
    fc.assert(
      fc.property(hostile, hostile, (doctype, name) => {
        expect({ ...document.match(document.format({ doctype, name })) }).toEqual({ doctype, name })
        expect({ ...dotted.match(dotted.format({ item: doctype, lot: name })) }).toEqual({ item: doctype, lot: name })
      }),
      { numRuns: 2_000 },
    )
  })

  it('[CHN6] gives two different parameter lists two different names', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (a, b, c, d) => {
        fc.pre(a !== c || b !== d)
        expect(document.format({ doctype: a, name: b })).not.toBe(document.format({ doctype: c, name: d }))
      }),
      { numRuns: 5_000 },
    )
  })

  it('[CHN6] lets no parameter reach a channel of another pattern', () => {
    const patterns = ['mill:{millId}', 'doc:{doctype}/{name}', 'v1.stock-{item}:lot.{lot}', 'admin', 'mill:{millId}:{shift}'].map(
      channelPattern,
    )
    fc.assert(
      fc.property(fc.nat(patterns.length - 1), hostile, hostile, (index, one, other) => {
        const own = patterns[index]
        const name = own?.format(
          Object.fromEntries(['millId', 'doctype', 'item', 'shift', 'name', 'lot'].map((key, place) => [key, place < 3 ? one : other])),
        )
        expect(patterns.filter((pattern) => pattern.match(String(name)) !== null)).toEqual([own])
      }),
      { numRuns: 3_000 },
    )
  })

  it('[CHN6] has one spelling per channel: another escape of the same value is no channel', () => {
    expect(mill.match('mill:a%003ab')).toEqual({ millId: 'a:b' })
    for (const other of ['mill:a%003Ab', 'mill:%0061%003ab', 'mill:a%3ab', 'mill:a%b', 'mill:a:b', 'mill:%d83d%de00', 'mill:\ud83d'])
      expect(mill.match(other)).toBeNull()
  })

  it('[CHN6] takes any name from outside for a channel of its own or for none', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          hostile.map((value) => `mill:${value}`),
        ),
        (name) => {
          const params = mill.match(name)
          if (params !== null) expect(mill.format(params)).toBe(name)
        },
      ),
      { numRuns: 5_000 },
    )
  })

  it('keeps letters of every script, spaces and whole emoji readable', () => {
    expect(document.format({ doctype: 'Sales Order', name: 'SO-0001' })).toBe('doc:Sales Order/SO-0001')
    expect(mill.format({ millId: 'आशा चावल 😀' })).toBe('mill:आशा चावल 😀')
  })

  it('escapes what could end a parameter, and half of a surrogate pair', () => {
    expect(escapeParam('a:b/c%')).toBe('a%003ab%002fc%0025')
    expect(escapeParam('\ud83d')).toBe('%d83d')
    expect(mill.match(mill.format({ millId: 'x\ud83d' }))).toEqual({ millId: 'x\ud83d' })
  })

  it('takes whole numbers, and means the same channel by 7 and "7"', () => {
    expect(mill.format({ millId: 7 })).toBe(mill.format({ millId: '7' }))
    expect(mill.format({ millId: -0 })).toBe('mill:0')
    for (const millId of [Number.NaN, 1.5, Number.POSITIVE_INFINITY, 1e21, 2 ** 53]) expect(() => mill.format({ millId })).toThrow('millId')
  })

  it('refuses an empty or missing parameter by name, whatever else the object inherits', () => {
    expect(() => mill.format({ millId: '' })).toThrow(MillraceError)
    expect(() => document.format(Object.create({ doctype: 'a', name: 'b' }))).toThrow('non-empty parameter "doctype"')
    try {
      document.format({ doctype: 'a', name: '' })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_payload', details: { faults: [{ path: 'name' }] } })
    }
  })

  it('refuses a name that is too long, without repeating it', () => {
    const longest = 'x'.repeat(maxChannelNameLength - 'mill:'.length)
    expect(mill.match(mill.format({ millId: longest }))).toEqual({ millId: longest })
    expect(() => mill.format({ millId: `${longest}x` })).toThrow(/257 characters; 256 is the limit/)
    expect(() => mill.format({ millId: ':'.repeat(100_000) })).toThrow(/500005 characters/)
    expect(mill.match(`mill:${longest}x`)).toBeNull()
  })
})

describe('channel patterns', () => {
  it.each([
    '',
    'mill:{',
    'mill:{}',
    'a b',
    'mill:{1x}',
    '{a}{b}',
    '{a}-{b}',
    'mill:{a}x',
    'mill:{a}/{a}',
    'mill:*',
    'mühle',
    'x:{__proto__}',
    'x:{constructor}',
  ])('refuses "%s"', (pattern) => {
    expect(() => channelPattern(pattern)).toThrow(TypeError)
  })

  it('sees when two patterns can give the same name', () => {
    expect(patternsOverlap('mill:{a}', 'mill:admin')).toBe(true)
    expect(patternsOverlap('{kind}:x', 'mill:{a}')).toBe(true)
    expect(patternsOverlap('lot.{a}', 'lot.new.{b}')).toBe(true)
    expect(patternsOverlap('mill:{a}', 'mill:{a}/{b}')).toBe(false)
    expect(patternsOverlap('mill:{a}', 'mills:{a}')).toBe(false)
    expect(patternsOverlap('x-{a}', 'x-')).toBe(false)
    expect(patternsOverlap('a:{b}', 'a/{b}')).toBe(false)
  })

  it('agrees with the names themselves on what overlaps', () => {
    const literal = fc.constantFrom('a', 'ab', 'b', '')
    const segment = fc.tuple(literal, fc.boolean())
    const shape = fc.tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.constantFrom(':', '/'))
    const toPattern = ([segments, separator]: readonly [readonly (readonly [string, boolean])[], string]) =>
      segments.map(([text, open], index) => (open ? `${text}{p${index}}` : text)).join(separator)
    const values = ['a', 'b', 'bb', 'ab', 'abb']
    fc.assert(
      fc.property(shape.map(toPattern), shape.map(toPattern), fc.infiniteStream(fc.constantFrom(...values)), (one, other, stream) => {
        fc.pre(one !== '' && other !== '')
        const a = channelPattern(one)
        const b = channelPattern(other)
        const name = a.format({ p0: stream.next().value ?? 'a', p1: stream.next().value ?? 'a', p2: stream.next().value ?? 'a' } as never)
        if (b.match(name) !== null) expect(patternsOverlap(one, other)).toBe(true)
        expect(patternsOverlap(one, other)).toBe(patternsOverlap(other, one))
      }),
      { numRuns: 5_000 },
    )
  })
})
