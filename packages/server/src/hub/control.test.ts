import { manualClock } from '@millrace/contract/testing'
import { expect, it } from 'vitest'
import { localBus } from '../broker/local.ts'
import type { Broker } from '../broker/port.ts'
import { Feed, type FeedTarget } from '../channels/feed.ts'
import { memoryLog } from '../log/memory-log.ts'
import { settle } from '../testing/channel-node.ts'
import { type Command, Control, controlKey } from './control.ts'

const revoke: Command = { kind: 'revoke', tenant: 'acme', userId: 'asha' }

function cluster() {
  const clock = manualClock()
  const log = memoryLog({ epoch: 'e1', clock })
  const bus = localBus()
  let ids = 0
  function node({ loses = () => false, refuses = () => false }: { loses?: () => boolean; refuses?: () => boolean } = {}) {
    const broker: Broker = { ...bus.broker(), lossless: false }
    const ran: Command[] = []
    const failures: unknown[] = []
    const onFailure = (error: unknown): void => void failures.push(error)
    let missed = 0
    let feed: Feed | null = null
    const control = new Control({
      ...{ log, broker, clock, newId: () => `c${++ids}`, onFailure },
      async follow(target: FeedTarget) {
        if (refuses()) throw new Error('down')
        feed = new Feed({ log, onFailure }, controlKey, target)
        const opened = feed
        broker.listen((envelope) => {
          if (!loses()) opened.accept(envelope)
        })
        await broker.subscribe(controlKey)
        await opened.open(false)
      },
      run: async (command) => void ran.push(command),
      onMissed: () => missed++,
    })
    return { control, ran, failures, missed: () => missed, catchUp: async () => feed?.catchUp() }
  }
  return { clock, log, node }
}

it('[AUTH5] carries a command to every node, and runs it once on each', async () => {
  const { node } = cluster()
  const [here, there] = [node(), node()]
  await settle()
  await here.control.send(revoke)
  await settle()
  expect([here.ran, there.ran]).toEqual([[revoke], [revoke]])
})

it('[AUTH5] is found in the log by a node whose broker has lost the message', async () => {
  const { node } = cluster()
  const [here, there] = [node(), node({ loses: () => true })]
  await settle()
  await here.control.send(revoke)
  await settle()
  expect(there.ran).toEqual([])
  await there.catchUp()
  expect(there.ran).toEqual([revoke])
})

it('[AUTH5] sends everybody away where commands may have been missed: a node that could not follow at first', async () => {
  let down = true
  const { node, clock } = cluster()
  const late = node({ refuses: () => down })
  await settle()
  down = false
  await clock.advance(1_000)
  await settle()
  expect([late.missed(), late.failures.length]).toEqual([1, 1])
  await node().control.send(revoke)
  await settle()
  expect(late.ran).toEqual([revoke])
})

it('[AUTH5] runs here even where it cannot be stored for the others, and says so', async () => {
  const { node, log } = cluster()
  const here = node()
  await settle()
  Object.assign(log, { append: () => Promise.reject(new Error('down')) })
  await expect(here.control.send(revoke)).rejects.toThrow('down')
  expect(here.ran).toEqual([revoke])
})
