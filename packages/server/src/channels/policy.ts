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
  async function decide(identity: Identity, channel: ChannelRef, namespace: string): Promise<PolicyDecision> {
    const policy = Object.hasOwn(policies, channel.channel) ? policies[channel.channel] : undefined
    if (policy === undefined) return 'denied'
    let timer: Timer | undefined
    try {
      const timeout = new Promise<'timeout'>((resolve) => {
        timer = clock.after(timeoutMs, () => resolve('timeout'))
      })
      const answer = await Promise.race([policy({ identity, params: channel.params, namespace }), timeout])
      if (answer === 'timeout') {
        onFailure(channel.channel, new MillraceError('timeout', `the policy gave no answer within ${timeoutMs} ms`))
        return 'unavailable'
      }
      // Only `true` admits: a policy written without types may answer anything.
      return answer === true ? 'allowed' : 'denied'
    } catch (error) {
      onFailure(channel.channel, error)
      return 'unavailable'
    } finally {
      timer?.cancel()
    }
  }

  return {
    decide,
    /** Throws `denied` or `policy_unavailable` unless the identity may hear the channel. */
    async require(identity: Identity, channel: ChannelRef, namespace: string): Promise<void> {
      const decision = await decide(identity, channel, namespace)
      if (decision === 'denied') throw new MillraceError('denied', `not allowed to hear ${channel.name}`)
      if (decision === 'unavailable') throw new MillraceError('policy_unavailable')
    },
  }
}

export type PolicyGate = ReturnType<typeof createPolicy>
