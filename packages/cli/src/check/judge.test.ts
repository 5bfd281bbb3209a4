import { channel, defineContract, event, request } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { failure, findingLine } from './finding.ts'
import { judgeClock, judgeFiles, judgeKeys, judgeNode, judgePair, judgePostgres, judgeSettings } from './judge.ts'

const inspected = { serverVersion: 160_004, schema: 2, wanted: 2, clockAheadMs: 0, roundTripMs: 2, fsync: true }
const statuses = (findings: readonly { readonly name: string; readonly status: string }[]) =>
  findings.map(({ name, status }) => `${name} ${status}`)

describe('what check says', () => {
  it('[OPS3] of versions: of Node, and of the schema', () => {
    expect(['18.20.0', '20.18.3', '20.19.0', '22.1.0'].map((version) => judgeNode(version).status)).toEqual(['fail', 'fail', 'ok', 'ok'])
    expect(statuses(judgePostgres('db', inspected))).toEqual(['store ok', 'schema ok', 'durability ok', 'clock ok'])
    const schemaOf = (schema: number) => judgePostgres('db', { ...inspected, schema })[1]
    expect(schemaOf(0)).toMatchObject({
      status: 'warn',
      message: 'there are no tables yet',
      mend: expect.stringContaining('millrace migrate'),
    })
    expect(schemaOf(1)).toMatchObject({ status: 'warn', message: 'version 1: this Millrace works on 2' })
    expect(schemaOf(3)).toMatchObject({ status: 'fail', mend: 'upgrade millrace' })
    expect(judgePostgres('db', { ...inspected, fsync: false })[2]).toMatchObject({ status: 'warn', name: 'durability' })
  })

  it('[OPS3] of clocks: which one is behind, and nothing that the way there may account for', () => {
    const clock = (clockAheadMs: number, roundTripMs = 2) => judgeClock({ clockAheadMs, roundTripMs })
    expect(clock(400).status).toBe('ok')
    expect(clock(2_000)).toMatchObject({ status: 'warn', message: "this machine's clock is 2.0 s behind the store's" })
    expect(clock(-60_000)).toMatchObject({ status: 'fail', message: "this machine's clock is 60.0 s ahead of the store's" })
    expect(clock(2_000, 4_000).status).toBe('ok')
  })

  it('[OPS3] of files, keys and what store and broker are together', () => {
    expect([judgeFiles(1_024), judgeFiles(65_536), judgeFiles(null)].map(({ status }) => status)).toEqual(['warn', 'ok', 'ok'])
    expect([{ keys: [{}] }, { keys: [] }, 'page'].map((body) => judgeKeys('url', body).status)).toEqual(['ok', 'fail', 'fail'])
    expect(statuses(judgePair({ store: 'postgres://h/d' }, false))).toEqual(['broker warn'])
    expect(statuses(judgePair({ store: 'sqlite:a', broker: 'redis://h' }, false))).toEqual(['store warn'])
    expect(statuses(judgePair({}, true))).toEqual(['store warn'])
    expect([judgePair({}, false), judgePair({ store: 'postgres://h/d', broker: 'redis://h' }, true)]).toEqual([[], []])
  })

  it('[CHN1] of channels that nobody may hear, requests that nobody answers, and origins', () => {
    const contract = defineContract({
      channels: { mill: channel('mill:{id}', { events: { bought: event(z.string()) } }) },
      requests: { count: request(z.null(), z.number()) },
    })
    const config = { contract, auth: { secret: 'x' }, policy: {} }
    expect(statuses(judgeSettings(config, false))).toEqual(['contract ok', 'policy warn', 'handlers warn', 'origins ok'])
    const whole = { ...config, policy: { mill: () => true }, handlers: { count: () => 1 } }
    const origins = (list: readonly string[], production = true) => judgeSettings({ ...whole, origins: list }, production).at(-1)?.status
    expect(statuses(judgeSettings(whole, true))).toEqual(['contract ok', 'policy ok', 'origins ok'])
    expect(origins(['https://a.example'])).toBe('ok')
    expect(origins(['http://a.example'])).toBe('warn')
    expect([origins(['http://localhost:5173']), origins(['http://localhost:5173'], false)]).toEqual(['warn', 'ok'])
  })

  it('[OPS3] in one line each, with the mend, and with colours only where they are seen', () => {
    const finding = failure('store', new Error('store: it\ncannot be reached (x): start it'))
    expect(finding).toEqual({ name: 'store', status: 'fail', message: 'store: it cannot be reached (x)', mend: 'start it' })
    expect(findingLine(finding, false)).toBe('fail  store       store: it cannot be reached (x): start it')
    expect(findingLine(finding, true)).toContain('\u001b[31mfail\u001b[0m')
    expect(failure('x', new Error('boom')).mend).toBeDefined()
  })
})
