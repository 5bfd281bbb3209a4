import type { ChannelName } from '@millrace/contract'
import { expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { describeBrokerConformance } from './conformance.ts'
import { localBroker, localBus } from './local.ts'
import type { Envelope } from './port.ts'

describeBrokerConformance({
  name: 'local',
  async create(nodes) {
    const bus = localBus()
    return Array.from({ length: nodes }, () => bus.broker())
  },
})

const channel = channelKey('acme', 'mill:7' as ChannelName)
const envelope: Envelope = { channel, delivery: 'durable', event: 'noted', json: '{}', id: 'a', time: 1 }

it('[DLV1] delivers to the other nodes when one handler throws', async () => {
  const bus = localBus()
  const [bad, good] = [bus.broker(), bus.broker()]
  const heard: string[] = []
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  bad.listen(() => {
    throw new Error('secret payload')
  })
  good.listen(({ id }) => heard.push(id))
  await Promise.all([bad.subscribe(channel), good.subscribe(channel)])
  await bad.publish(envelope)
  await bad.publish({ ...envelope, id: 'b' })
  expect(heard).toEqual(['a', 'b'])
  expect((await warned).message).not.toContain('secret payload')
})

it('[DLV1] has delivered when publish returns, so that a single node adds no turn of the event loop', async () => {
  const broker = localBroker()
  const heard: string[] = []
  broker.listen(({ id }) => heard.push(id))
  await broker.subscribe(channel)
  const published = broker.publish(envelope)
  expect(heard).toEqual(['a'])
  await published
})
