import type { TestProcess } from '@millrace-tests/support/server'

/** What the server says of itself at one moment. */
export interface Account {
  /** Bytes that wait for readers, of all connections. */
  readonly queueBytes: number
  readonly connections: number
  readonly subscriptions: number
  /** Connections whose kernel takes nothing. */
  readonly blocked: number
  /** SDK clients that have come back. */
  readonly reconnects: number
  /** How often connections have ended, by code. */
  readonly disconnects: Readonly<Record<string, number>>
  /** Frames that slow readers did not get, as `channel delivery verdict`. */
  readonly verdicts: Readonly<Record<string, number>>
}

export async function readAccount({ url }: Pick<TestProcess, 'url'>): Promise<Account> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const samples = [...text.matchAll(/^millrace_(\w+)(?:{(.*)})? (\S+)$/gm)].map(([, name = '', labels = '', value]) => ({
    name,
    labels: [...labels.matchAll(/="([^"]*)"/g)].map(([, label]) => label).join(' '),
    value: Number(value),
  }))
  const sum = (name: string) => samples.reduce((total, sample) => total + (sample.name === name ? sample.value : 0), 0)
  const byLabels = (name: string) =>
    Object.fromEntries(samples.filter((sample) => sample.name === name).map(({ labels, value }) => [labels, value]))
  return {
    queueBytes: sum('outbound_queue_bytes'),
    connections: sum('connections'),
    subscriptions: sum('subscriptions'),
    blocked: sum('blocked_connections'),
    reconnects: sum('reconnects_total'),
    disconnects: byLabels('disconnects_total'),
    verdicts: byLabels('dropped_frames_total'),
  }
}
