import { MillraceError } from '@millrace/contract'
import { localBus } from '../broker/local.ts'
import type { Broker, Envelope } from '../broker/port.ts'

/** What goes wrong between one node and the others. */
export interface LossyBroker extends Broker {
  /** Which of the envelopes for this node never arrive. */
  loses: (envelope: Envelope) => boolean
  /** Brings nothing for the time being; set back to false, all of it. */
  late: boolean
  /** Takes nothing and brings nothing; set back to false, the node hears that the connection is restored. */
  down: boolean
}

/** Joins the nodes of one test, and loses what it is told to lose. */
export function lossyBus(): { broker(): LossyBroker } {
  const bus = localBus()
  return {
    broker() {
      const inner = bus.broker()
      let onRestored: () => void = () => {}
      let down = false
      let late = false
      const held: Envelope[] = []
      let deliver: (envelope: Envelope) => void = () => {}
      const opened = (): void => {
        if (down) throw new MillraceError('unavailable', 'the broker is down')
      }
      const broker: LossyBroker = {
        ...inner,
        lossless: false,
        loses: () => false,
        get late() {
          return late
        },
        set late(next) {
          late = next
          if (!late) for (const envelope of held.splice(0)) deliver(envelope)
        },
        get down() {
          return down
        },
        set down(next) {
          down = next
          if (!down) onRestored()
        },
        async publish(envelope) {
          opened()
          await inner.publish(envelope)
        },
        listen(handler, restored = () => {}) {
          onRestored = restored
          deliver = handler
          inner.listen((envelope) => {
            if (down || broker.loses(envelope)) return
            if (late) held.push(envelope)
            else handler(envelope)
          })
        },
        async check() {
          opened()
          await inner.check()
        },
      }
      return broker
    },
  }
}
