import type { Clock, Position, Timer } from '@millrace/contract'
import { type Report, safely } from '../report.ts'
import { readPosition } from '../wire-reader.ts'

/** `sessionStorage`, `localStorage`, or anything like them. */
export interface PositionStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** The positions that survive a reload (REC5). Those of another user are never answered. */
export interface Positions {
  /** From now on they are this user's. */
  use(userId: string): void
  get(channel: string): Position | null
  set(channel: string, position: Position): void
  delete(channel: string): void
  /** Writes what is due at once: the page may be about to go. */
  flush(): void
}

export interface PositionsOptions {
  /** Null: nothing survives, the channels themselves remember while they live. */
  readonly storage: PositionStorage | null
  /** Tells servers apart. */
  readonly server: string
  readonly clock: Clock
  readonly report: Report
  readonly writeEveryMs?: number
  readonly maxChannels?: number
}

export const positionsDefaults = { writeEveryMs: 500, maxChannels: 200 } satisfies Partial<PositionsOptions>

interface Stored {
  readonly user: string
  readonly positions: ReadonlyMap<string, Position>
}

/** What storage holds, or null where it holds nothing that can be used. Anybody may have written it. */
export function parsePositions(text: string | null, maxChannels: number): Stored | null {
  if (text === null) return null
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof raw !== 'object' || raw === null || !('user' in raw) || typeof raw.user !== 'string') return null
  if (!('positions' in raw) || !Array.isArray(raw.positions)) return null
  const positions = new Map<string, Position>()
  for (const entry of raw.positions.slice(-maxChannels)) {
    const [channel, epoch, offset] = Array.isArray(entry) ? entry : []
    const position = readPosition({ epoch, offset })
    if (typeof channel === 'string' && position !== null) positions.set(channel, position)
  }
  return { user: raw.user, positions }
}

export function serializePositions({ user, positions }: Stored): string {
  return JSON.stringify({ user, positions: [...positions].map(([channel, { epoch, offset }]) => [channel, epoch, offset]) })
}

export function createPositions(options: PositionsOptions): Positions {
  const { storage, server, clock, report, writeEveryMs, maxChannels } = { ...positionsDefaults, ...options }
  // One entry per server, with its user inside: signing in as somebody else replaces it.
  const key = `millrace:positions:${server}`
  let user: string | null = null
  /** The least recently moved first. */
  let positions = new Map<string, Position>()
  let timer: Timer | null = null

  function flush(): void {
    if (timer === null) return
    timer.cancel()
    timer = null
    const owner = user
    if (storage === null || owner === null) return
    safely(report, { during: 'positions' }, () => {
      if (positions.size === 0) storage.removeItem(key)
      else storage.setItem(key, serializePositions({ user: owner, positions }))
    })
  }
  function changed(): void {
    if (user !== null) timer ??= clock.after(writeEveryMs, flush)
  }

  return {
    use(userId) {
      if (storage === null || user === userId) return
      flush()
      user = userId
      positions = new Map()
      safely(report, { during: 'positions' }, () => {
        const stored = parsePositions(storage.getItem(key), maxChannels)
        if (stored?.user === userId) positions = new Map(stored.positions)
      })
    },
    get: (channel) => positions.get(channel) ?? null,
    set(channel, position) {
      if (user === null) return
      positions.delete(channel)
      positions.set(channel, position)
      const [oldest] = positions.keys()
      if (positions.size > maxChannels && oldest !== undefined) positions.delete(oldest)
      changed()
    },
    delete(channel) {
      if (positions.delete(channel)) changed()
    },
    flush,
  }
}
