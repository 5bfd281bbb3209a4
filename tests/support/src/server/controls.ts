import type { Server as HttpServer } from 'node:http'
import { type ChannelName, type ChannelRef, escapeParam, MillraceError } from '@millrace/contract'
import type { MillraceServer, NotificationInput, NotifyTarget, Publish, Published, Store } from '@millrace/server'
import { type TestContract, testContract } from '../contract.ts'
import { nextTurn } from '../node/deadline.ts'
import type { Controls } from './control.ts'
import type { JumpingClock } from './jumping-clock.ts'
import type { Shop } from './shop.ts'

export interface PublishControl {
  readonly tenant?: string
  readonly channel: string
  readonly event: string
  readonly data: unknown
  readonly idempotencyKey?: string
}

export interface BuyControl {
  readonly millId: string
  readonly key: string
  /** The transaction is rolled back after the publication was written. */
  readonly rollback: boolean
}

export interface FloodControl {
  readonly channel: string
  /** Numbered from 0: what scales move by, purchases' ids, or the values of three keys of statistics. */
  readonly event: 'scale:moved' | 'purchase:created' | 'dashboard:stats'
  readonly from: number
  readonly count: number
  readonly padBytes: number
}

export interface LogControl {
  readonly tenant?: string
  readonly channel: string
}

export interface LoggedEntry {
  readonly offset: number
  readonly id: string
  readonly event: string
  readonly data: unknown
}

export interface LogAnswer {
  readonly epoch: string
  readonly head: number
  readonly entries: readonly LoggedEntry[]
}

export interface NotifyControl {
  readonly tenant?: string
  readonly target: NotifyTarget
  readonly notification: NotificationInput
}

interface ControlsOptions {
  readonly rt: MillraceServer<TestContract>
  readonly store: Store
  readonly shop: Shop | null
  readonly clock: JumpingClock
  /** Listens on the Unix socket. */
  readonly unix: HttpServer | null
}

function floodData(event: FloodControl['event'], n: number, pad: string): unknown {
  if (event === 'scale:moved') return { kg: n, pad }
  return event === 'purchase:created' ? { id: `flood-${n}`, kg: n, note: pad } : { key: `k${n % 3}`, value: `${n} ${pad}` }
}

class RolledBack extends Error {}

/** What a test may ask of the server process. */
export function controlsOf({ rt, store, shop, clock, unix }: ControlsOptions): Controls {
  // Holds: what a test publishes by name is checked against the contract at run time.
  const publish = rt.publish as Publish as (channel: ChannelRef, event: string, data: unknown, options: object) => Promise<Published>

  function refOf(name: string): ChannelRef {
    const ref = testContract.resolve(name)
    if (ref === null) throw new MillraceError('unknown_channel')
    return ref
  }
  function keyOf(tenant: string, channel: ChannelName) {
    // Holds: this is how the server makes the key of a tenant's channel.
    return `${escapeParam(tenant)}/${channel}` as Parameters<Store['log']['head']>[0]
  }

  return {
    publish: ({ channel, event, data, ...options }: PublishControl) => publish(refOf(channel), event, data, options),
    async buy({ millId, key, rollback }: BuyControl) {
      if (shop === null) throw new Error('a server in memory has no shop')
      const channel = testContract.channels.mill({ millId })
      try {
        await shop.buy(key, (tx) => {
          const published = rt.publish(channel, 'purchase:created', { id: key, kg: 1 }, { tx })
          // Who is rolled back does not wait for it.
          published.catch(() => {})
          if (rollback) throw new RolledBack()
          return published
        })
      } catch (error) {
        if (!(error instanceof RolledBack)) throw error
        return { committed: false }
      }
      return { committed: true }
    },
    /** One publication a turn, as fast as they go. */
    async flood({ channel, event, from, count, padBytes }: FloodControl) {
      const ref = refOf(channel)
      const pad = 'x'.repeat(padBytes)
      for (let n = from; n < from + count; n++) {
        await publish(ref, event, floodData(event, n, pad), {})
        await nextTurn()
      }
    },

    unixConnections: () => new Promise<number>((resolve) => unix?.getConnections((_, count) => resolve(count))),
    rows: async () => (await shop?.rows()) ?? [],
    async log({ tenant = 'acme', channel }: LogControl): Promise<LogAnswer> {
      const key = keyOf(tenant, refOf(channel).name)
      const { epoch, offset: head } = await store.log.head(key)
      const entries: LoggedEntry[] = []
      const first = await store.log.read(key, { epoch, offset: 0 }, 1)
      // A channel that was cut: begin where it begins.
      let at = first.kind === 'page' ? 0 : await firstKept(key, epoch, head)
      while (at < head) {
        const page = await store.log.read(key, { epoch, offset: at }, 500)
        if (page.kind === 'gap' || page.publications.length === 0) break
        for (const { offset, id, event, json } of page.publications) entries.push({ offset, id, event, data: JSON.parse(json) })
        at = entries.at(-1)?.offset ?? head
      }
      return { epoch, head, entries }
    },
    notify: ({ target, notification, tenant }: NotifyControl) => rt.notify(target, notification, tenant === undefined ? {} : { tenant }),
    inbox: ({ userId, tenant }: { userId: string; tenant?: string }) =>
      rt.inbox.list(userId, { limit: 1, ...(tenant !== undefined && { tenant }) }),
    health: () => rt.health(),
    metrics: () => rt.metrics(),
    members: ({ channel }: LogControl) => rt.presence.members(refOf(channel)),
    revoke: ({ userId }: { userId: string }) => rt.revoke(userId),
    send: ({ userId, text }: { userId: string; text: string }) => rt.send(userId, 'note', { text }),
    jumpClock: ({ ms }: { ms: number }) => clock.jump(ms),
    memory: () => process.memoryUsage().rss,
  }

  /** The offset before the first that is left. */
  async function firstKept(key: ReturnType<typeof keyOf>, epoch: string, head: number): Promise<number> {
    let [low, high] = [0, head]
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if ((await store.log.read(key, { epoch, offset: middle }, 1)).kind === 'page') high = middle
      else low = middle + 1
    }
    return low
  }
}
