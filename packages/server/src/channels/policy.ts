import { type ChannelRef, type Clock, MillraceError, type Timer } from '@millrace/contract'
import type { Identity } from '../auth/port.ts'
import type { Policy } from '../options.ts'

export interface PolicyOptions {
  readonly policies: Readonly<Record<string, Policy | undefined>>
  readonly clock: Clock
  readonly timeoutMs: number
  /** A policy that threw or took too long: for the log. */
  readonly onFailure: (channel: string, error: unknown) => void
}

export type PolicyDecision = 'allowed' | 'denied' | 'unavailable'

/** Asks the application whether an identity may hear a channel. Whatever goes wrong, the answer is not `allowed` (CHN1, CHN2). */
export function createPolicy({ policies, clock, timeoutMs, onFailure }: PolicyOptions) {
  function verdict(answer: unknown): PolicyDecision {
    // Only `true` admits: a policy written without types may answer anything.
    return answer === true ? 'allowed' : 'denied'
  }

  async function inTime(channel: ChannelRef, answer: Promise<boolean>): Promise<PolicyDecision> {
    let timer: Timer | undefined
    try {
      const timeout = new Promise<'timeout'>((resolve) => {
        timer = clock.after(timeoutMs, () => resolve('timeout'))
      })
      const first = await Promise.race([answer, timeout])
      if (first !== 'timeout') return verdict(first)
      onFailure(channel.channel, new MillraceError('timeout', `the policy gave no answer within ${timeoutMs} ms`))
      return 'unavailable'
    } catch (error) {
      onFailure(channel.channel, error)
      return 'unavailable'
    } finally {
      timer?.cancel()
    }
  }

  /** At once where the policy answers at once. */
  function decide(identity: Identity, channel: ChannelRef, namespace: string): PolicyDecision | Promise<PolicyDecision> {
    const policy = Object.hasOwn(policies, channel.channel) ? policies[channel.channel] : undefined
    if (policy === undefined) return 'denied'
    try {
      const answer = policy({ identity, params: channel.params, namespace })
      return isThenable(answer) ? inTime(channel, answer) : verdict(answer)
    } catch (error) {
      onFailure(channel.channel, error)
      return 'unavailable'
    }
  }

  function demand(decision: PolicyDecision, channel: ChannelRef): void {
    if (decision === 'denied') throw new MillraceError('denied', `not allowed to hear ${channel.name}`)
    if (decision === 'unavailable') throw new MillraceError('policy_unavailable')
  }

  return {
    decide,
    /** Throws `denied` or `policy_unavailable` unless the identity may hear the channel; a promise only where the policy gives one. */
    require(identity: Identity, channel: ChannelRef, namespace: string): Promise<void> | undefined {
      const decision = decide(identity, channel, namespace)
      if (decision instanceof Promise) return decision.then((answer) => demand(answer, channel))
      demand(decision, channel)
      return undefined
    },
  }
}

// A policy written without types may answer a promise of another library's.
function isThenable(answer: boolean | Promise<boolean>): answer is Promise<boolean> {
  return typeof answer === 'object' && answer !== null && 'then' in answer
}

export type PolicyGate = ReturnType<typeof createPolicy>
