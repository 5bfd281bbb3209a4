import { slots } from './slot.ts'

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

export interface Topology {
  readonly primaries: readonly ServerAddress[]
  /** For each slot the index of its primary. */
  readonly owners: Uint16Array
}

/**
 * The answer to CLUSTER SLOTS. Throws where it is an error, or where a slot has no server. A server that does not know its own address is `asked`.
 */
export function readTopology(answer: unknown, asked: string): Topology {
  if (answer instanceof Error) throw new Error(`CLUSTER ${answer.message}`)
  const primaries: ServerAddress[] = []
  const indexes = new Map<string, number>()
  const owners = new Uint16Array(slots)
  let served = 0
  for (const range of Array.isArray(answer) ? (answer as readonly unknown[]) : []) {
    const [from, to, primary] = Array.isArray(range) ? (range as readonly unknown[]) : []
    if (!(isSlot(from) && isSlot(to) && Array.isArray(primary))) continue
    const [named, port] = primary as readonly unknown[]
    const host = typeof named === 'string' && named !== '' && named !== '?' ? named : asked
    const name = `${host}:${Number(port)}`
    const index = indexes.get(name) ?? primaries.push({ host, port: Number(port) }) - 1
    indexes.set(name, index)
    owners.fill(index, from, to + 1)
    served += to - from + 1
  }
  if (served !== slots) throw new Error(`CLUSTER ${served} of ${slots} slots are served`)
  return { primaries, owners }
}

function isSlot(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < slots
}
