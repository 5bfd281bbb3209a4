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
  const nodes = new Set<Node>()
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
    for (const node of nodes) {
      if (!node.channels.has(envelope.channel)) continue
      try {
        node.handler(envelope)
      } catch (error) {
        // The other nodes still get theirs. Only the error's name: its message may quote the payload.
        process.emitWarning(`a broker handler threw ${error instanceof Error ? error.name : typeof error}`, 'MillraceWarning')
      }
    }
  }

  return {
    broker() {
      const node: Node = { channels: new Set(), handler: () => {} }
      nodes.add(node)
      const opened = (): void => {
        if (!nodes.has(node)) throw new MillraceError('unavailable', 'the broker is closed')
      }

      return {
        lossless: true,
        async publish(envelope) {
          opened()
          inTurn(() => deliver(envelope))
        },
        async subscribe(channel) {
          opened()
          node.channels.add(channel)
        },
        async unsubscribe(channel) {
          node.channels.delete(channel)
        },
        listen(handler) {
          node.handler = handler
        },
        async check() {
          opened()
          await new Promise<void>((resolve) => inTurn(resolve))
        },
        async close() {
          nodes.delete(node)
        },
      }
    },
  }
}
