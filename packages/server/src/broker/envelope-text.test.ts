import { expect, it } from 'vitest'
import type { ChannelKey } from '../channel-key.ts'
import { encodeEnvelopes } from './envelope-codec.ts'
import { envelopeText, readEnvelope } from './envelope-text.ts'
import type { Envelope } from './port.ts'

// Holds: written as `channelKey` does.
const channel = 'acme/mill:7' as ChannelKey
const plain: Envelope = { channel, delivery: 'volatile', event: 'noted', json: '{"a":1}', id: 'a', time: 1 }
const full: Envelope = {
  ...{ channel, delivery: 'durable', event: 'line\nbreak \u0000 "quoted" \ud800', json: '{\n"text": "é 漢 😀"\n}', id: 'b', time: 2 },
  ...{ actor: { id: 'u1', name: 'Asha' }, position: { epoch: 'e', offset: 3 }, key: 'k', revision: 4, except: 'c', namespace: '/shop' },
}

it('[DLV1] reads what was written, field by field', () => {
  for (const envelope of [plain, full, { ...plain, actor: { id: 'u1' } }]) expect(readEnvelope(envelopeText(envelope))).toEqual(envelope)
})

it('[CON4] ignores fields that a newer node has added', () => {
  const text = envelopeText({ ...full, later: { field: 1 } } as Envelope)
  expect(readEnvelope(text)).toEqual(full)
})

it('[BP4] finds nothing in what is no envelope, or more than one', () => {
  const named = JSON.stringify(channel)
  const good = encodeEnvelopes([plain])
  expect(readEnvelope(`${named}\n${good}`)).toEqual(plain)
  const two = `${named}\n${encodeEnvelopes([plain, full])}`
  for (const text of ['', '\n', '{}', `{}\n${good}`, `7\n${good}`, `"cut\n${good}`, `${named}\n`, `\n${good}`, `${named}\n1[]\n`, two])
    expect(readEnvelope(text)).toBeNull()
})
