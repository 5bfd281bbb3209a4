import type { ConfirmChannel, Message, Options } from 'amqplib'
import { expect, it } from 'vitest'
import { park } from './parking.ts'

it('[ING6] parks a message without its properties where they cannot be written again', async () => {
  const written: Options.Publish[] = []
  // Holds: parking calls nothing else of a channel.
  const channel = {
    publish(_exchange: string, _key: string, _content: Buffer, options: Options.Publish, confirmed: (error: unknown) => void) {
      if (options.messageId !== undefined) throw new TypeError('a header cannot be written')
      written.push(options)
      confirmed(null)
      return true
    },
  } as unknown as ConfirmChannel
  // Holds: as amqplib delivers it, less what is not read.
  const message = { content: Buffer.from('x'), properties: { messageId: 'm1', headers: { odd: 1 } } } as unknown as Message
  await park(channel, 'q', message, 'invalid_payload', 'y'.repeat(1_000))
  expect(written).toEqual([
    {
      persistent: true,
      mandatory: true,
      headers: { 'millrace-code': 'invalid_payload', 'millrace-reason': 'y'.repeat(500), 'millrace-queue': 'q' },
    },
  ])
})
