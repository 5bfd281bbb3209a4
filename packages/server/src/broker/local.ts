import { MillraceError } from '@millrace/contract'
import type { ChannelKey } from '../channel-key.ts'
import type { Broker, Envelope } from './port.ts'

/** Joins the nodes of one process; a real server has one. */
export interface LocalBus {
  /** The broker of one node. */
  broker(): Broker
}

interface Node {
  readonly channels: Set<ChannelKey>
  handler: (envelope: Envelope) => void
}

/** The broker of a single-node server: publications reach the node's own handler in the call that publishes them. */
export function localBroker(): Broker {
  return localBus().broker()
}

export function localBus(): LocalBus {
  const listeners = new Map<ChannelKey, Set<Node>>()
  // What a handler publishes waits for its turn: otherwise one node would hear the answer before another hears the question.
  const waiting: (() => void)[] = []
  let running = false

  function inTurn(run: () => void): void {
    waiting.push(run)
    if (running) return
    running = true
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next()
    running = false
  }

  function deliver(envelope: Envelope): void {
    for (const node of [...(listeners.get(envelope.channel) ?? [])]) {
      try {
        node.handler(envelope)
      } catch (error) {
        // The other nodes still get theirs. Only the error's name: its message may quote the payload.
        process.emitWarning(`a broker handler threw ${error instanceof Error ? error.name : typeof error}`, 'MillraceWarning')
      }
    }
  }

  function leave(node: Node, channel: ChannelKey): void {
    const nodes = listeners.get(channel)
    node.channels.delete(channel)
    nodes?.delete(node)
    if (nodes?.size === 0) listeners.delete(channel)
  }

  return {
    broker() {
      const node: Node = { channels: new Set(), handler: () => {} }
      let closed = false
      const opened = (): void => {
        if (closed) throw new MillraceError('unavailable', 'the broker is closed')
      }

      return {
        async publish(envelope) {
          opened()
          inTurn(() => deliver(envelope))
        },
        async subscribe(channel) {
          opened()
          const nodes = listeners.get(channel) ?? new Set()
          listeners.set(channel, nodes.add(node))
          node.channels.add(channel)
        },
        async unsubscribe(channel) {
          leave(node, channel)
        },
        listen(handler) {
          node.handler = handler
        },
        async check() {
          opened()
          await new Promise<void>((resolve) => inTurn(resolve))
        },
        async close() {
          closed = true
          for (const channel of [...node.channels]) leave(node, channel)
        },
      }
    },
  }
}
