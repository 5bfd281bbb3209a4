import { channel, defineContract, event, request } from '@millrace/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkConfig } from './check-config.ts'

const contract = defineContract({
  channels: { mill: channel('mill:{millId}', { events: { bought: event(z.string()) } }) },
  requests: { count: request(z.null(), z.number()) },
})
const least = { contract, auth: { secret: 'x' }, policy: {} }

function refusal(exported: unknown): string {
  try {
    checkConfig(exported, 'a.config.ts')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'nothing is wrong'
}

describe('a configuration', () => {
  it('[OPS3] is taken as it is where nothing is wrong', () => {
    const full = {
      ...least,
      ...{ handlers: { count: () => 1 }, store: 'sqlite:a.db', broker: 'rediss://h', http: { port: 0 }, path: ['/a', '/b'] },
      ...{ quotas: () => ({}), origins: ['https://a.example'], api: { keys: [] }, drain: { timeoutMs: 1 }, log: { level: 'silent' } },
    }
    expect(checkConfig(full, 'a.config.ts')).toBe(full)
    expect(checkConfig({ ...least, store: () => null, auth: { authenticate: () => null } }, 'a.config.ts')).toBeDefined()
  })

  it('[OPS3] is refused by the name of the setting, with the mend', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [undefined, 'a.config.ts has no default export of settings: write export default defineConfig({ … })'],
      [{ ...least, contract: {} }, 'a.config.ts: contract is no contract: give what defineContract answers'],
      [{ contract, policy: {} }, 'a.config.ts: auth is missing: say how tokens are verified'],
      [{ ...least, orgins: [] }, 'a.config.ts: orgins is not known: did you mean "origins"?'],
      [{ ...least, nonsense: 1 }, 'a.config.ts: nonsense is not known: remove it'],
      [{ ...least, http: { prt: 1 } }, 'a.config.ts: http.prt is not known: did you mean "port"?'],
      [{ ...least, http: { port: '80' } }, 'a.config.ts: http.port is not a port: give a whole number from 0 to 65535'],
      [{ ...least, http: { port: 70_000 } }, 'a.config.ts: http.port is not a port'],
      [
        { ...least, store: 'mysql://h' },
        "a.config.ts: store is no address that is known here: write 'memory:', 'sqlite:./file.db', 'postgres://…'",
      ],
      [
        { ...least, broker: 'amqp://h' },
        "a.config.ts: broker is no address that is known here: write 'local:', 'redis://…', 'postgres://…'",
      ],
      [{ ...least, store: undefined }, 'a.config.ts: store is undefined: set the environment variable that it is read from, or remove it'],
      [{ ...least, policy: { mil: () => true } }, 'a.config.ts: policy.mil is not known: did you mean "mill"?'],
      [{ ...least, handlers: { count: 1 } }, 'a.config.ts: handlers.count is no function: give one, or leave it out'],
      [{ ...least, handlers: { counts: () => 1 } }, 'a.config.ts: handlers.counts is not known: did you mean "count"?'],
      [{ ...least, path: 'socket' }, "a.config.ts: path does not begin with '/': write for example '/socket.io'"],
      [{ ...least, log: { level: 'loud' } }, 'a.config.ts: log.level is no level: set one of'],
      [{ ...least, api: { key: [] } }, 'a.config.ts: api.keys is no list: give one entry per key'],
      [{ ...least, origins: 'https://a' }, "a.config.ts: origins is no list: write for example ['https://app.example.com']"],
      [{ ...least, compression: 'yes' }, 'a.config.ts: compression is neither true nor false: give one of them'],
    ]
    for (const [exported, message] of cases) expect(refusal(exported)).toContain(message)
  })
})
