import { openRawPeer, type RawPeer, type RawPeerOptions } from '@millrace-tests/support'

/** The hostile peers of a run: all of them are known, so that all of them can be counted and sent home. */
export interface Crowd extends AsyncDisposable {
  /** The most that were open at a time, so far. */
  readonly most: number
  open(options: RawPeerOptions): Promise<RawPeer>
  /** Opens so many alike, some at a time. */
  openMany(count: number, options: RawPeerOptions): Promise<RawPeer[]>
}

const openedAtATime = 50

export function gatherCrowd(): Crowd {
  const peers = new Set<RawPeer>()
  let opening = 0
  let most = 0

  async function open(options: RawPeerOptions): Promise<RawPeer> {
    opening += 1
    most = Math.max(most, peers.size + opening)
    try {
      const peer = await openRawPeer(options)
      peers.add(peer)
      void peer.closed.then(() => peers.delete(peer))
      return peer
    } finally {
      opening -= 1
    }
  }

  return {
    get most() {
      return most
    },
    open,
    async openMany(count, options) {
      const opened: RawPeer[] = []
      while (opened.length < count) {
        const batch = Array.from({ length: Math.min(openedAtATime, count - opened.length) }, () => open(options))
        opened.push(...(await Promise.all(batch)))
      }
      return opened
    },
    async [Symbol.asyncDispose]() {
      for (const peer of peers) peer.destroy()
      await Promise.all([...peers].map(({ closed }) => closed))
    },
  }
}
