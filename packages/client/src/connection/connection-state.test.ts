import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { connectionStateOf, type Link, type LinkAction, type LinkEvent, reduceLink } from './connection-state.ts'

const welcome = { version: 1, connectionId: 'c1', user: { id: 'ann', roles: [] }, time: 0, expiresAt: null, assigned: [] }

/** Runs events through the reducer, a second apart, and answers the last state with all actions. */
function run(events: readonly LinkEvent[], { from = { state: 'idle' } as Link, everyMs = 1_000, random = 0 } = {}) {
  let link = from
  const actions: LinkAction[] = []
  events.forEach((event, index) => {
    const [next, ...out] = reduceLink(link, event, { now: index * everyMs, random })
    link = next
    actions.push(...out)
  })
  return { link, actions }
}

const need: LinkEvent = { type: 'needed' }
const refused = (code: string, retry = false): LinkEvent => ({ type: 'refused', refusal: { code, message: code, retry } })
const opens = (actions: readonly LinkAction[]): readonly string[] =>
  actions.flatMap((action) => (action.type === 'open' ? [action.reason] : []))

describe('refusals', () => {
  it('[AUTH4] asks for a fresh token once after auth_invalid, then gives up', () => {
    const { link, actions } = run([need, refused('auth_invalid'), refused('auth_invalid')])
    expect(opens(actions)).toEqual(['connect', 'expired'])
    expect(link).toMatchObject({ state: 'refused', code: 'auth_invalid' })
  })

  it('[AUTH4] asks for a fresh token at once after auth_expired, then waits between further ones', () => {
    const { link, actions } = run([need, refused('auth_expired', true), refused('auth_expired', true)])
    expect(opens(actions)).toEqual(['connect', 'expired'])
    expect(link).toMatchObject({ state: 'waiting', reason: 'expired', attempt: 1 })
  })

  it('ends in refused where a retry cannot help, until the application connects again', () => {
    const { link } = run([need, refused('auth_inactive')])
    expect(link).toMatchObject({ state: 'refused', code: 'auth_inactive' })
    expect(run([need, { type: 'woke' }, { type: 'due' }], { from: link }).link).toBe(link)
    expect(run([{ type: 'connect' }], { from: link }).link).toMatchObject({ state: 'opening', attempt: 0 })
  })

  it('waits as long as the server says', () => {
    const event: LinkEvent = { type: 'refused', refusal: { code: 'rate_limited', message: '', retry: true, retryAfterMs: 45_000 } }
    const { link, actions } = run([need, event])
    expect(actions.at(-1)).toEqual({ type: 'wait', ms: 45_000 })
    // The tab becoming visible is no reason to come before.
    expect(run([{ type: 'woke' }], { from: link }).link).toBe(link)
    expect(run([{ type: 'woke' }, { type: 'woke' }], { from: link, everyMs: 50_000 }).link.state).toBe('opening')
  })
})

describe('breaks', () => {
  const live = run([need, { type: 'opened', welcome }]).link

  it('[CLI1] counts attempts until the connection has been live for a while', () => {
    const failed: LinkEvent = { type: 'failed', cause: 'network' }
    const { link } = run([need, failed, { type: 'due' }, failed, { type: 'due' }, failed])
    expect(link).toMatchObject({ state: 'waiting', attempt: 3 })
    const flapping = run([need, failed, { type: 'due' }, failed, { type: 'due' }, { type: 'opened', welcome }, failed]).link
    expect(flapping).toMatchObject({ attempt: 3 })
    const [settled] = reduceLink(live, failed, { now: 60_000, random: 0 })
    expect(settled).toMatchObject({ attempt: 1 })
  })

  it('[CLI1] tries at once when woken', () => {
    const waiting = run([{ type: 'failed', cause: 'network' }], { from: live }).link
    expect(run([{ type: 'woke' }], { from: waiting }).actions).toEqual([{ type: 'open', reason: 'connect' }])
  })

  it('comes back with a fresh token after token_expired, and stays away after revoked', () => {
    const dismissed = (code: 'token_expired' | 'revoked', retry: boolean): LinkEvent => ({
      type: 'dismissed',
      message: { code, number: 1, reason: code, retry },
    })
    expect(reduceLink(live, dismissed('token_expired', true), { now: 60_000, random: 0 }).slice(1)).toEqual([
      { type: 'drop' },
      { type: 'open', reason: 'expired' },
    ])
    expect(reduceLink(live, dismissed('revoked', false), { now: 60_000, random: 0 })[0]).toMatchObject({
      state: 'refused',
      code: 'revoked',
    })
  })
})

describe('what the application sees', () => {
  it('says offline while the browser says so, and goes on trying', () => {
    const waiting = run([need, { type: 'failed', cause: 'network' }]).link
    expect(connectionStateOf(waiting, false)).toEqual({ state: 'offline', attempt: 1, nextAttemptAt: 2_000 })
    expect(connectionStateOf(waiting, true)).toMatchObject({ state: 'reconnecting', attempt: 1, nextAttemptAt: 2_000, cause: 'network' })
  })
})

const events = fc.constantFrom<LinkEvent>(
  need,
  { type: 'connect' },
  { type: 'due' },
  { type: 'woke' },
  { type: 'opened', welcome },
  { type: 'failed', cause: 'network' },
  { type: 'failed', cause: 'token_unavailable' },
  refused('auth_expired', true),
  refused('auth_invalid'),
  refused('draining', true),
  { type: 'dismissed', message: { code: 'draining', number: 4103, reason: '', retry: true, retryAfterMs: 100 } },
  { type: 'dismissed', message: { code: 'token_expired', number: 4102, reason: '', retry: true } },
)

it('[CLI1] never stands still: it is live, trying, waiting for a time, or refused for good', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 30 }), (list) => {
      let link: Link = { state: 'idle' }
      for (const event of list) {
        const before: Link = link
        const [next, ...actions] = reduceLink(before, event, { now: 0, random: 0.5 })
        link = next
        if (next.state === 'opening' && next !== before) expect(actions.at(-1)).toMatchObject({ type: 'open' })
        if (next.state === 'waiting' && next !== before) expect(actions.at(-1)).toMatchObject({ type: 'wait' })
        if (next.state === 'live' && before.state !== 'live') expect(before.state).toBe('opening')
      }
      expect(reduceLink(link, { type: 'close' }, { now: 0, random: 0 })[0].state).toBe('closed')
    }),
    { seed: 7 },
  )
})
