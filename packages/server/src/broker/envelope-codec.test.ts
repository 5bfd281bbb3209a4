import type { ChannelName } from '@millrace/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channelKey } from '../channel-key.ts'
import { decodeEnvelopes, encodeEnvelopes } from './envelope-codec.ts'
import type { Envelope } from './port.ts'

// Holds: as a pattern would format it.
const channel = channelKey('acme', 'mill:7' as ChannelName)
const text = fc.string({ unit: 'binary' })
const envelopes: fc.Arbitrary<Envelope> = fc
  .record(
    {
      delivery: fc.constantFrom('durable', 'retained', 'volatile'),
      event: text,
      json: fc.json(),
      id: text,
      time: fc.nat(),
      actor: fc.oneof(fc.record({ id: text }), fc.record({ id: text, name: text })),
      position: fc.record({ epoch: text, offset: fc.nat() }),
      key: text,
      revision: fc.nat(),
      except: text,
      namespace: text,
    },
    { requiredKeys: ['delivery', 'event', 'json', 'id', 'time'] },
  )
  .map((fields) => ({ channel, ...fields }))

describe('envelopes on their way through Redis', () => {
  it('[DLV1] come out as they went in, whatever characters they hold', () => {
    fc.assert(
      fc.property(fc.array(envelopes, { minLength: 1, maxLength: 5 }), (sent) => {
        // As Redis carries it: in bytes.
        const carried = Buffer.from(encodeEnvelopes(sent)).toString()
        expect(decodeEnvelopes(channel, carried)).toEqual(sent.map((envelope) => ({ ...envelope })))
      }),
    )
  })

  it('[CON4] may say more than this version knows', () => {
    const message = '1[{"d":"v","e":"noted","i":"a","t":1,"n":2,"zz":{"new":true}}]\n{}'
    expect(decodeEnvelopes(channel, message)).toEqual([{ channel, delivery: 'volatile', event: 'noted', json: '{}', id: 'a', time: 1 }])
  })

  it('[CON4] are none where somebody else has written, or a node of another version', () => {
    const good = '1[{"d":"v","e":"noted","i":"a","t":1,"n":2}]\n{}'
    expect(decodeEnvelopes(channel, good)).not.toBeNull()
    const strange = [
      '',
      '1',
      '1\n',
      '1{}\n{}',
      '1[null]\n',
      '1[1]\n',
      'hello',
      `2${good.slice(1)}`,
      `${good}x`,
      good.slice(0, -1),
      '1[}\n{}',
    ]
    const wrong = [
      '"d":"q"',
      '"e":1',
      '"i":null',
      '"t":"x"',
      '"n":-1',
      '"n":0',
      '"n":1.5',
      '"a":[1]',
      '"p":["e"]',
      '"r":"1"',
      '"k":1',
      '"x":1',
      '"s":1',
    ]
    for (const message of [...strange, ...wrong.map((field) => `1[{"d":"v","e":"noted","i":"a","t":1,"n":2,${field}}]\n{}`)])
      expect(decodeEnvelopes(channel, message), message).toBeNull()
  })

  it('[BP4] never throw, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.json().map((json) => `1${json}\n`),
          fc.tuple(fc.json(), text).map(([json, rest]) => `1[${json}]\n${rest}`),
        ),
        (message) => {
          decodeEnvelopes(channel, message)
        },
      ),
    )
  })
})
