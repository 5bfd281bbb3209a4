export type Delivery = 'durable' | 'volatile' | 'retained'

/** The event of each delivery class. All are of one length, so that a payload's `t` stands at one place in every frame. */
export const events = { durable: 'stock:updated', volatile: 'stock:glanced', retained: 'stock:figures' } as const satisfies Record<
  Delivery,
  string
>

/** What a connection gets once its assigned subscriptions are in place. */
export const connectedEvent = 'connected'
/** A client's question, for round trips. */
export const askRequest = 'stock:ask'

/** What is published: about 200 bytes as a frame with a `pad` of 150, as an ERP's stock event has. */
export interface Payload {
  /** When it was published, by `nowUs`. */
  readonly t: number
  readonly n: number
  readonly pad: string
}

const head = `42["${events.volatile}",{"t":`
/** Where the digits of `t` begin in a publication's text. */
export const timestampAt = head.length
/** A publication as stock clients get it. */
export const frameText = ({ t, n, pad }: Payload): string => `${head}${t},"n":${n},"pad":"${pad}"}]`

export const benchSecret = 'a-secret-for-benchmarks-of-more-than-32-bytes'
export const benchTenant = 'bench'
/** A tenant that has a quota, and publishes far over it. */
export const noisyTenant = 'noisy'
export const noisyQuota = { perSecond: 50, burst: 50 } as const
