import type { Random } from '@millrace-tests/support'

/** Names that belong to others; the attacker knows them all and may use none. */
export interface Targets {
  readonly tenant: string
  readonly userId: string
  /** Channels of the other tenant, and of the attacker's own tenant that it may not hear. */
  readonly channels: readonly string[]
  readonly epochs: readonly string[]
  readonly cursors: readonly string[]
  readonly notificationIds: readonly string[]
}

const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  '',
  ' ',
  '0',
  '__proto__',
  'constructor',
  'toString',
  '../..',
  '%00',
  '\u0000',
  '\ud800',
  '\u2028',
  "' OR 1=1 --",
  '"; DROP TABLE millrace_log; --',
  '*',
  '%',
  '_',
  'x'.repeat(300),
  'x'.repeat(20_000),
  [],
  [[]],
  {},
  JSON.parse('{"__proto__":{"admin":true},"constructor":1}'),
  { toString: 'x', valueOf: 1, length: 9 },
  { $ne: null },
  JSON.parse('{"then":1,"toJSON":2}'),
]

function hostileChannel(random: Random, targets: Targets): unknown {
  const name = random.pick(targets.channels)
  const { tenant, userId } = targets
  return random.pick<unknown>([
    name,
    `${tenant}/${name}`,
    `${encodeURIComponent(tenant)}/${name}`,
    `%002f${tenant}%002f${name}`,
    `../${tenant}/${name}`,
    `${name}\u0000`,
    `${name}/`,
    ` ${name}`,
    name.toUpperCase(),
    name.replace(':', '%003a'),
    name.replace(':', '::'),
    `mill:7/../../${tenant}/${name}`,
    `mill:7%002f..%002f${tenant}`,
    `user:${userId}`,
    `$inbox:${userId}`,
    `inbox:${userId}`,
    `$presence:${name}`,
    'mill:*',
    'mill:{millId}',
    'mill:',
    'closed',
    '',
    [name],
    { name },
    { channel: name, toString: name },
    random.pick(oddValues),
  ])
}

function hostilePosition(random: Random, { epochs }: Targets): unknown {
  if (random.chance(0.15)) return random.pick(oddValues)
  const epoch = random.chance(0.8) ? random.pick(epochs) : random.pick(oddValues)
  return { epoch, offset: random.pick<unknown>([0, 0, 0, 1, -1, 2 ** 53, 1e308, -0, '0', null, [], { valueOf: 0 }]) }
}

/** Any object that a client may send, with parts that the attacker should not get anything by. */
export function hostileMessage(random: Random, targets: Targets): readonly [event: string, payload: unknown] {
  const channel = () => hostileChannel(random, targets)
  const odd = () => random.pick(oddValues)
  const ids = () => random.pick<unknown>([random.pick(targets.notificationIds), odd()])
  return random.pick<readonly [string, unknown]>([
    ['mr:subscribe', { channel: channel(), position: hostilePosition(random, targets) }],
    ['mr:subscribe', { channel: channel(), position: hostilePosition(random, targets), presence: { state: { status: 'spy' } } }],
    ['mr:subscribe', { channel: channel(), presence: { state: odd() }, tenant: targets.tenant, identity: { tenant: targets.tenant } }],
    ['mr:unsubscribe', { channel: channel() }],
    [
      'mr:typing',
      { channel: channel(), active: random.pick<unknown>([true, false, odd()]), detail: { user: { id: targets.userId }, x: odd() } },
    ],
    ['mr:typing', { channel: channel(), active: true, detail: odd() }],
    ['mr:presence-update', { channel: channel(), state: odd() }],
    [
      'mr:inbox-list',
      {
        cursor: random.pick<unknown>([...targets.cursors, ...forged(targets), odd()]),
        limit: random.pick<unknown>([200, 201, -1, 1e9, odd()]),
      },
    ],
    ['mr:inbox-list', { type: odd(), document: odd(), unread: odd(), userId: targets.userId, tenant: targets.tenant }],
    [
      'mr:inbox-mark',
      {
        ids: random.pick<unknown>(['all', [ids()], Array.from({ length: 200 }, ids), odd()]),
        read: random.pick<unknown>([true, false, odd()]),
        userId: targets.userId,
      },
    ],
    ['mr:inbox-delete', { ids: random.pick<unknown>([[ids(), ids()], 'all', odd()]), tenant: targets.tenant }],
    ['mr:inbox-count', { userId: targets.userId, tenant: targets.tenant }],
    ['mr:refresh', { token: odd() }],
    ['buy', { millId: random.pick<unknown>(['7', odd()]), purchase: { id: odd(), kg: odd() } }],
    ['buy', { millId: random.pick(targets.channels).replace('mill:', ''), purchase: { id: 'x', kg: 1 } }],
    ['echo', { text: odd() }],
    ['echo', odd()],
    ['forbidden', odd()],
    ['broken', {}],
    [
      String(
        random.pick(['welcome', 'pub', 'recovered', 'presence', 'inbox', 'unsubscribed', 'disconnect', 'x'].map((name) => `mr:${name}`)),
      ),
      { channel: channel() },
    ],
  ])
}

function forged({ tenant, userId, cursors }: Targets): unknown[] {
  const base64 = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  return [
    base64({ tenant, userId, after: 0 }),
    base64([tenant, userId, 0]),
    base64('0'),
    base64(`${tenant}:${userId}:0`),
    ...cursors.map((cursor) => `${cursor}A`),
    ...cursors.map((cursor) => cursor.slice(0, -1)),
  ]
}
