import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../configuration-error.ts'
import type { Logger } from './logger.ts'
import { pinoLogger } from './pino-logger.ts'
import { redacted } from './redact.ts'

const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhc2hhIn0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg'
const marks = ['eyJhbGci', 'eyJzdWIi', 'c2lnbmF0', 'hunter2']

function recorded(): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  return { logger: pinoLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } }), lines }
}
function logged(fields: unknown, message = 'something happened'): string {
  const { logger, lines } = recorded()
  // Holds: what is logged by mistake has no type.
  logger.info(fields as object, message)
  expect(lines).toHaveLength(1)
  const [line = ''] = lines
  expect(() => JSON.parse(line)).not.toThrow()
  return line
}
function circular(): object {
  const self: Record<string, unknown> = { note: token }
  self.self = self
  return self
}

describe('structure', () => {
  it('[OPS2] writes a line of JSON per entry, with its fields', () => {
    const line: unknown = JSON.parse(
      logged({ connectionId: 'c1', code: 'auth_expired', count: 3, tokenExpiresAt: 17, ok: false, none: null }),
    )
    expect(line).toMatchObject({
      level: 'info',
      connectionId: 'c1',
      code: 'auth_expired',
      count: 3,
      tokenExpiresAt: 17,
      ok: false,
      none: null,
      msg: 'something happened',
    })
    expect(line).toHaveProperty('time', expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/))
  })

  it('[OPS2] writes what its level lets through', () => {
    const lines: string[] = []
    const logger = pinoLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } })
    logger.debug({}, 'debug')
    logger.info({}, 'info')
    logger.warn({}, 'warn')
    logger.error({}, 'error')
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['warn', 'error'])
  })

  it('[OPS2] tells what an error says', () => {
    const cause = new Error('disk full')
    const error = Object.assign(new Error('cannot write', { cause }), { code: 'ENOSPC' })
    expect(JSON.parse(logged({ error }))).toMatchObject({
      error: {
        name: 'Error',
        message: 'cannot write',
        code: 'ENOSPC',
        stack: expect.stringContaining('cannot write'),
        cause: { message: 'disk full' },
      },
    })
  })

  it('[OPS3] stops at a level that is none', () => {
    // Holds: configuration may come from the environment, where types say nothing.
    const level = 'loud' as 'info'
    expect(() => pinoLogger({ level })).toThrow(ConfigurationError)
  })
})

describe('no token, no payload', () => {
  it.each<[string, unknown]>([
    ['a field', { token }],
    ['a field of another spelling', { accessToken: 'hunter2', 'X-Api-Key': 'hunter2', Authorization: 'hunter2', set_cookie: ['hunter2'] }],
    ['a field with an object', { credentials: { value: 'hunter2' } }],
    ['an innocent field', { note: token, list: [token, { deep: [token] }] }],
    ['a part of a text', { url: `/socket.io/?EIO=4&token=hunter2&x=1`, header: 'authorization: Bearer hunter2' }],
    ['a text of JSON', { text: JSON.stringify({ auth: { token: 'hunter2', refresh_token: 'hunter2' } }) }],
    ['an address with a password', { url: 'postgres://millrace:hunter2@db:5432/millrace' }],
    ['an error', { error: new Error(`cannot verify ${token}`, { cause: new Error('password=hunter2') }) }],
    ['many errors', { error: new AggregateError([new Error(token), new Error('api_key: hunter2')], 'all failed') }],
    [
      'an error with fields',
      { error: Object.assign(new Error('failed'), { token: 'hunter2', config: { headers: { cookie: 'hunter2' } } }) },
    ],
    ['a payload', { payload: { price: 'hunter2' }, data: 'hunter2', json: '"hunter2"', body: ['hunter2'], args: ['hunter2'] }],
    ['the name of a field', { [token]: 1 }],
    ['an object that says otherwise in JSON', { innocent: { toJSON: () => ({ token: 'hunter2', note: token }) } }],
    ['a getter', Object.defineProperty({}, 'note', { enumerable: true, get: () => token })],
    [
      'bytes',
      { bytes: Buffer.from('hunter2'), view: new Uint8Array(Buffer.from('hunter2')), raw: new TextEncoder().encode('hunter2').buffer },
    ],
    ['a circle', circular()],
    ['what it inherits', Object.create({ token: 'hunter2' })],
    ['__proto__', JSON.parse('{"__proto__":{"token":"hunter2"},"constructor":{"password":"hunter2"}}')],
    ['a map and a set', { map: new Map([['token', 'hunter2']]), set: new Set([token]) }],
    ['no object at all', token],
    ['a list', [token, { token: 'hunter2' }]],
  ])('[OPS2] keeps a token out of the log that is in %s', (_, fields) => {
    const line = logged(fields)
    for (const mark of marks) expect(line).not.toContain(mark)
  })

  it('[OPS2] keeps a token out of the message', () => {
    for (const message of [`refused ${token}`, 'Authorization: Bearer hunter2', '{"token":"hunter2"}']) {
      const line = logged({}, message)
      for (const mark of marks) expect(line).not.toContain(mark)
    }
  })

  it('[OPS2] keeps a token out of whatever is logged', () => {
    const place = fc.constantFrom(token, `Bearer ${token}`, `?token=${token}&`, `"${token}"`, `x ${token} y`)
    const hostile = fc.letrec<{ value: unknown; leaf: unknown; node: unknown }>((tie) => ({
      value: fc.oneof({ maxDepth: 5 }, tie('leaf'), tie('node')),
      leaf: fc.oneof(place, fc.anything({ maxDepth: 1, withBigInt: true, withDate: true, withTypedArray: true, withSparseArray: true })),
      node: fc.oneof(fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(fc.oneof(fc.string(), place), tie('value'), { maxKeys: 4 })),
    })).value
    fc.assert(
      fc.property(hostile, place, (fields, message) => {
        const line = logged(fields, message)
        for (const mark of marks) expect(line).not.toContain(mark)
      }),
      { seed: 7, numRuns: 500 },
    )
  })
})

describe('whatever is logged', () => {
  it('[BP4] never throws', () => {
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const throwing = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    const getter = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('no')
      },
    })
    for (const fields of [
      revoked.proxy,
      { inner: revoked.proxy },
      throwing,
      getter,
      null,
      undefined,
      7,
      7n,
      Symbol('x'),
      () => {},
      new Date(Number.NaN),
    ])
      expect(logged(fields)).toContain('something happened')
  })

  it('[BP4] writes no endless line', () => {
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, key) => [`k${key}`, 'x'.repeat(100)]))
    let deep: unknown = 'end'
    for (let level = 0; level < 10_000; level++) deep = { deep }
    const lists = Array.from({ length: 50 }, () => Array.from({ length: 50 }, () => Array.from({ length: 50 }, () => 7)))
    const texts = Array.from({ length: 50 }, () => 'x'.repeat(3_000))
    for (const fields of [wide, { deep }, { lists }, { texts }, { text: 'x'.repeat(1_000_000) }])
      expect(logged(fields).length).toBeLessThan(20_000)
  })

  it('[BP4] takes no time over a text made to cost some', () => {
    const costly = [
      'token'.repeat(1_000_000),
      `${'a'.repeat(1_000_000)}=`,
      '//'.repeat(500_000),
      `eyJ${'.'.repeat(1_000_000)}`,
      `token${' '.repeat(1_000_000)}`,
    ]
    const line = logged({ costly })
    expect(line.length).toBeLessThan(25_000)
  })

  it('[BP4] changes nothing of what it is given', () => {
    const fields = { token, inner: { list: [token] } }
    const before = structuredClone(fields)
    redacted(fields)
    expect(fields).toEqual(before)
  })
})
