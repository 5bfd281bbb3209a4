import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { channel, defineContract, event, request, retentionDefaults } from './index.ts'

const note = event(z.string())
const mill = defineContract({
  channels: {
    mill: channel('mill:{millId}', { events: { note } }),
    shift: channel('mill:{millId}/{shift}', { events: { note } }),
    user: channel('user:{userId}', { events: { note } }),
    admin: channel('admin', { events: { note } }),
    any: channel('{kind}:{a}/{b}/{c}', { events: { note } }),
  },
  requests: { 'request:dashboard': request(z.string(), z.string()) },
  direct: { connected: event(z.string(), { delivery: 'volatile' }) },
})

describe('a contract', () => {
  it('[CON1] makes references whose names lead back to the same channel and parameters', () => {
    for (const ref of [
      mill.channels.mill({ millId: '7' }),
      mill.channels.shift({ millId: 7, shift: 'a/b' }),
      mill.channels.admin(),
      mill.channels.any({ kind: 'k', a: 1, b: 2, c: 3 }),
    ])
      expect(mill.resolve(ref.name)).toEqual(ref)
    expect(mill.channels.shift({ millId: 7, shift: 'a/b' }).params).toEqual({ millId: '7', shift: 'a/b' })
  })

  it('[CHN6] resolves no other name', () => {
    for (const name of [
      '',
      'mill',
      'mill:',
      'mill:7:8',
      'Mill:7',
      'admin:1',
      'admin ',
      ' admin',
      '__proto__',
      'constructor',
      'mill:%',
      ':',
      '/',
    ])
      expect(mill.resolve(name)).toBeNull()
  })

  it('[CHN6] refuses two patterns of which one parameter could reach the other', () => {
    const overlapping = () =>
      defineContract({ channels: { mill: channel('mill:{millId}', { events: {} }), all: channel('mill:all', { events: {} }) } })
    expect(overlapping).toThrow('channels "mill" (mill:{millId}) and "all" (mill:all) can give the same name')
  })

  it('finds a channel among a thousand patterns', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`c${index}`, channel(`c${index}:{id}`, { events: {} })]))
    const contract = defineContract({ channels: many })
    expect(contract.resolve('c999:x')).toMatchObject({ channel: 'c999', params: { id: 'x' } })
    expect(contract.resolve('c1000:x')).toBeNull()
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'connect', 'disconnect', 'mr:pub', '$internal', '', 'x'.repeat(129)])(
    'refuses the name "%s" for channels, events and requests',
    (name) => {
      const definition = channel('a', { events: {} })
      expect(() => defineContract({ channels: { [name]: definition } })).toThrow(TypeError)
      expect(() => channel('a', { events: { [name]: note } })).toThrow(TypeError)
      expect(() => defineContract({ channels: {}, direct: { [name]: note } })).toThrow(TypeError)
      expect(() => defineContract({ channels: {}, requests: { [name]: request(z.string(), z.string()) } })).toThrow(TypeError)
      expect(() => request(z.string(), z.string(), { replyEvent: name })).toThrow(TypeError)
    },
  )

  it('answers nothing for names that every JavaScript object has', () => {
    const tables: Readonly<Record<string, unknown>>[] = [mill.channels, mill.requests, mill.direct, mill.channels.admin().definition.events]
    for (const table of tables) for (const name of ['__proto__', 'constructor', 'toString', 'valueOf']) expect(table[name]).toBeUndefined()
  })

  it('does not change when the objects that it was made of change', () => {
    const events: Record<string, typeof note> = { note }
    const contract = defineContract({ channels: { admin: channel('admin', { events }) } })
    events.later = note
    expect(Object.keys(contract.channels.admin().definition.events)).toEqual(['note'])
  })

  it('fills in the retention that was not given and refuses one that keeps nothing', () => {
    expect(channel('a', { events: {}, retention: { maxCount: 5 } }).retention).toEqual({ ...retentionDefaults, maxCount: 5 })
    for (const retention of [{ maxCount: 0 }, { maxAgeMs: -1 }, { maxCount: 1.5 }, { maxAgeMs: Number.NaN }])
      expect(() => channel('a', { events: {}, retention })).toThrow(/retention\.max\w+ is .*; give a whole number/)
  })

  it('refuses a key on an event that is not retained, and typing events that are not volatile', () => {
    // @ts-expect-error a key belongs to retained events
    expect(() => event(z.string(), { delivery: 'durable', key: () => 'a' })).toThrow('retained')
    expect(() => channel('a', { events: { note }, typing: { start: 'note', stop: 'note' } })).toThrow('volatile')
    // @ts-expect-error a typing event is one of the channel's events
    expect(() => channel('a', { events: { note }, typing: { start: 'toString', stop: 'note' } })).toThrow('"toString"')
  })
})
