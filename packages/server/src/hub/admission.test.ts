import { defineContract, type RefusalCode } from '@millrace/contract'
import { type ManualClock, manualClock } from '@millrace/contract/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AuthResult, Identity } from '../auth/port.ts'
import { createRateLimiter } from '../limits/rate-limiter.ts'
import { noQuotas } from '../limits/tenant-quotas.ts'
import { Turnstile } from '../limits/turnstile.ts'
import type { Admission, Attempt } from '../transport/port.ts'
import { type AdmissionOptions, createAdmission } from './admission.ts'

const identityOf = (userId: string): Identity => ({ tenant: 'acme', userId, roles: [], claims: {}, expiresAt: null })
const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  namespace: '/',
  address: '10.0.0.7',
  auth: { token: 'asha' },
  headers: {},
  isGone: () => false,
  ...more,
})
const codeOf = (admission: Admission): string => (admission.ok ? 'ok' : admission.body.code)

let clock: ManualClock
let due: (() => void)[]
let refused: RefusalCode[]
beforeEach(() => {
  clock = manualClock()
  due = []
  refused = []
})
/** The next turn of the event loop. */
function turn(): void {
  for (const run of due.splice(0)) run()
}

interface SubjectOptions extends Partial<AdmissionOptions> {
  readonly perTurn?: number
  readonly maxWaiting?: number
  readonly burst?: number
}

function subject({ perTurn = 2, maxWaiting = 3, burst = 1_000, ...more }: SubjectOptions = {}) {
  const entrance = () => ({
    byAddress: createRateLimiter({ clock, rate: { perSecond: 1, burst } }),
    turnstile: new Turnstile({ perTurn, maxWaiting, nextTurn: (run) => void due.push(run) }),
  })
  return createAdmission({
    contract: defineContract({ channels: {} }),
    auth: { authenticate: async (token) => ({ ok: true, identity: identityOf(token) }) },
    lookup: async (identity) => ({ ok: true, identity }),
    tokenOrder: ['auth'],
    namespaces: {},
    tenant: undefined,
    door: entrance(),
    desk: entrance(),
    quotas: noQuotas,
    newId: () => 'id',
    draining: () => false,
    onRefused: (_, code) => void refused.push(code),
    ...more,
  })
}

describe('the door', () => {
  it('[BP5] lets in by turns, in order, and says at once when too many wait', () => {
    const { knock } = subject()
    const entered: number[] = []
    const codes = Array.from({ length: 7 }, (_, visitor) => knock(`10.0.0.${visitor}`, () => entered.push(visitor) > 0))
    expect(codes).toEqual([null, null, null, null, null, 'overloaded', 'overloaded'])
    expect(entered).toEqual([0, 1])
    turn()
    expect(entered).toEqual([0, 1, 2, 3])
    turn()
    expect(entered).toEqual([0, 1, 2, 3, 4])
  })

  it('[BP5] lets no address take all places where others wait', () => {
    const { knock } = subject({ maxWaiting: 100, burst: 5 })
    const codes = Array.from({ length: 20 }, () => knock('10.0.0.7', () => true))
    expect(codes.filter((code) => code === null)).toHaveLength(2 + 1 + 5)
    expect(new Set(codes)).toEqual(new Set([null, 'rate_limited']))
    expect(knock('10.0.0.8', () => true)).toBeNull()
  })
})

describe('the desk', () => {
  it('[BP5] looks at so many tokens in a turn, and refuses at once with a retry who comes when too many wait', async () => {
    let looked = 0
    const authenticate = async (token: string): Promise<AuthResult> => ({ ok: true, identity: identityOf(`${token}${looked++}`) })
    const { admit } = subject({ auth: { authenticate } })
    const admissions = Array.from({ length: 7 }, () => admit(attempt()))
    const [overloaded] = await Promise.all([...admissions.slice(5), ...admissions.slice(0, 2)])
    expect(looked).toBe(2)
    expect(overloaded).toMatchObject({ ok: false, body: { code: 'overloaded', retry: true } })
    turn()
    await Promise.all(admissions.slice(2, 4))
    expect(looked).toBe(4)
    turn()
    expect((await Promise.all(admissions)).map(codeOf)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'overloaded', 'overloaded'])
    expect(refused).toEqual(['overloaded', 'overloaded'])
  })

  it('[BP5] looks at no token of those who have gone while they waited', async () => {
    let looked = 0
    const authenticate = async (token: string): Promise<AuthResult> => ({ ok: true, identity: identityOf(`${token}${looked++}`) })
    const { admit } = subject({ auth: { authenticate }, maxWaiting: 100 })
    const admissions = Array.from({ length: 50 }, (_, visitor) => admit(attempt({ isGone: () => visitor > 1 && visitor !== 49 })))
    turn()
    expect((await Promise.all(admissions)).filter(({ ok }) => ok)).toHaveLength(3)
    expect(looked).toBe(3)
    expect(refused).toEqual([])
  })

  it('[BP3] says to an address that is too quick how long to wait, before anything is looked at', async () => {
    const { admit } = subject({ burst: 1 })
    await admit(attempt())
    expect(await admit(attempt())).toMatchObject({ ok: false, body: { code: 'rate_limited', details: { retryAfterMs: 1_000 } } })
  })

  it('[HLT3] refuses who was let in before a drain began and would begin after it', async () => {
    let draining = false
    const { admit } = subject({ draining: () => draining })
    const admission = admit(attempt())
    draining = true
    expect(codeOf(await admission)).toBe('draining')
  })
})

describe('look-ups', () => {
  function lookups() {
    const answers: ((result: AuthResult) => void)[] = []
    const lookup = (): Promise<AuthResult> => new Promise((resolve) => void answers.push(resolve))
    const asha = identityOf('asha')
    const authenticate = async (token: string): Promise<AuthResult> => ({
      ok: true,
      identity: token === 'asha' ? asha : identityOf(token),
    })
    return { answers, asha, ...subject({ auth: { authenticate }, lookup, perTurn: 100 }) }
  }

  it('[AUTH1] asks once for connections that come with one token in the same moment', async () => {
    const { answers, asha, admit } = lookups()
    const admissions = [admit(attempt()), admit(attempt()), admit(attempt({ auth: { token: 'ravi' } }))]
    await expect.poll(() => answers.length).toBe(2)
    for (const answer of answers) answer({ ok: true, identity: asha })
    expect((await Promise.all(admissions)).map(codeOf)).toEqual(['ok', 'ok', 'ok'])
    void admit(attempt())
    await expect.poll(() => answers.length).toBe(3)
  })

  it('[AUTH5] asks anew where rights have changed: an answer that is on its way may be from before', async () => {
    const { answers, asha, admit, lookup } = lookups()
    void admit(attempt())
    await expect.poll(() => answers.length).toBe(1)
    void lookup(asha)
    expect(answers).toHaveLength(2)
  })
})
