import type { Random } from '@millrace-tests/support'

/** Engine.IO and Socket.IO packets that a sane client would never send. */
const crafted: readonly string[] = [
  '',
  ' ',
  '0',
  '0{}',
  '00{"sid":"x"}',
  '2',
  '2probe',
  '3probe',
  '5',
  '6',
  '7',
  '9',
  'a',
  'b',
  'bAAAA',
  'b====',
  '\x1e',
  '\x1e\x1e\x1e',
  '4',
  '40',
  '40{',
  '40{}',
  '40[]',
  '40null',
  '40"x"',
  '40{"token":null}',
  '40{"token":{"toString":1}}',
  '40{"token":["a"]}',
  '40{"__proto__":{"token":"x"}}',
  '40/',
  '40/,',
  '40/admin',
  '40/admin,',
  '40/admin,{',
  '40/nowhere,{}',
  '40/__proto__,{}',
  '40/constructor,{}',
  '40//,{}',
  '40/admin?token=x,{}',
  '40/*,{}',
  '41',
  '41/nowhere,',
  '42',
  '42[',
  '42[]',
  '42{}',
  '42null',
  '42"echo"',
  '42[null]',
  '42[1]',
  '42[{}]',
  '42[[]]',
  '42[["echo"]]',
  '42[{"toString":"x"}]',
  '42["echo"]',
  '42["echo",',
  '42["echo",{"text":1}]',
  '42["echo",{"text":"x"},{"_placeholder":true,"num":0}]',
  '42["connect"]',
  '42["connect_error",{}]',
  '42["disconnect"]',
  '42["disconnecting"]',
  '42["newListener","x"]',
  '42["removeListener","echo"]',
  '42["error"]',
  '42["__proto__",{}]',
  '42["constructor",{}]',
  '42["hasOwnProperty"]',
  '42["toString"]',
  '42["$private"]',
  '42["mr:welcome",{}]',
  '42["mr:pub",{"c":"mill:7","e":"purchase:created","d":{},"i":"x","t":0}]',
  '42["mr:disconnect",{"code":"revoked"}]',
  '42["mr:unknown",{}]',
  '42-1["echo",{"text":"x"}]',
  '421e9["echo",{"text":"x"}]',
  '4299999999999999999999["echo",{"text":"x"}]',
  '420.5["echo",{"text":"x"}]',
  '42/admin,["echo",{"text":"x"}]',
  '42/nowhere,1["echo",{"text":"x"}]',
  '43',
  '43[]',
  '430[]',
  '431{}',
  '4399999999999[1]',
  '43-1[]',
  '44',
  '44{}',
  '44"x"',
  '45',
  '450',
  '450-',
  '450-["echo"]',
  '451-["echo",{"_placeholder":true,"num":0}]',
  '451-["echo",{"_placeholder":true,"num":5}]',
  '451-["echo",{"_placeholder":true,"num":-1}]',
  '451-["echo",{"_placeholder":true,"num":"__proto__"}]',
  '4599999999-["echo",{"_placeholder":true,"num":0}]',
  '45-1-["echo"]',
  '45x-["echo"]',
  '4511',
  '460-[]',
  '461-1[{"_placeholder":true,"num":0}]',
  '47',
  '49["echo"]',
  '4[]',
]

const valid: readonly string[] = [
  '42["echo",{"text":"hello"}]',
  '4217["echo",{"text":"hello"}]',
  '423["mr:subscribe",{"channel":"mill:7","position":{"epoch":"e","offset":3}}]',
  '424["mr:inbox-list",{"limit":20,"cursor":"abc"}]',
  '425["mr:typing",{"channel":"mill:7","active":true}]',
  '40{"token":"x","millrace":{"version":1,"session":"s"}}',
]

function mutated(random: Random): string {
  const text = [...random.pick(valid)]
  for (let edits = random.int(1, 4); edits > 0; edits--) {
    const at = random.int(0, text.length)
    switch (random.int(0, 4)) {
      case 0:
        text.splice(at, random.int(1, 8))
        break
      case 1:
        text.splice(
          at,
          0,
          random.pick(['"', '[', ']', '{', '}', ',', ':', '\\', '-', '0', '\0', '\x1e', '\ud800', '�', 'null', '1e999', '__proto__']),
        )
        break
      case 2:
        text.length = at
        break
      case 3:
        text.splice(at, 0, ...text.slice(at, at + random.int(1, 20)))
        break
      default:
        text[at] = String.fromCharCode(random.int(0, 0xffff))
    }
  }
  return text.join('')
}

function deep(random: Random): string {
  const depth = random.pick([100, 5_000, 60_000])
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  const core = open === '[' ? '' : '1'
  return `42["${random.pick(['echo', 'mr:subscribe', 'mr:presence-update', 'nothing'])}",${open.repeat(depth)}${core}${close.repeat(depth)}]`
}

function huge(random: Random): string {
  return `42["echo",{"text":"${'x'.repeat(random.pick([100_000, 250_000, 300_000, 2_000_000]))}"}]`
}

/** One text message. Most go to the parser, a few are valid packets that were damaged. */
export function hostilePacket(random: Random): string {
  const kind = random.next()
  if (kind < 0.45) return random.pick(crafted)
  if (kind < 0.92) return mutated(random)
  return kind < 0.97 ? deep(random) : huge(random)
}

/** One binary message: it answers a placeholder that nobody announced, or one that was. */
export function hostileBinary(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.pick([0, 1, 10, 5_000]) }, () => random.int(0, 255))
}

/** Bytes that are no WebSocket frame, or one that may not be sent. */
export function hostileFrame(random: Random): Uint8Array {
  const mask = [0x12, 0x34, 0x56, 0x78]
  return Uint8Array.from(
    random.pick([
      // invalid UTF-8 in a text frame
      [0x81, 0x83, ...mask, 0xff ^ 0x12, 0xfe ^ 0x34, 0xfd ^ 0x56],
      // no mask
      [0x81, 0x02, 0x34, 0x32],
      // a length of 2^63
      [0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...mask],
      // reserved bits and a reserved opcode
      [0xf3, 0x80, ...mask],
      // a continuation of nothing
      [0x80, 0x81, ...mask, 0x31 ^ 0x12],
      // a fragmented ping
      [0x09, 0x80, ...mask],
      // a close frame with one byte
      [0x88, 0x81, ...mask, 0x03 ^ 0x12],
      // a frame that never ends
      [0x81, 0xfe, 0xff, 0xff, ...mask, 0x00],
      Array.from({ length: 64 }, () => random.int(0, 255)),
    ]),
  )
}
