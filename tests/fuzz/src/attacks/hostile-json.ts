import type { Random } from '@millrace-tests/support'
import type { Targets } from './messages.ts'

/** Values that are not what was meant, as JSON or as text. */
export const oddValues: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 2 ** 53, 1e308, '', ' ', '0', [], [[]], {}],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '../..',
    '%00',
    '\u0000',
    '\ud800',
    '\u2028',
    "' OR 1=1 --",
    "'; DROP SCHEMA millrace CASCADE; --",
    '*',
    '%',
    '_',
  ],
  ...['x'.repeat(300), 'x'.repeat(20_000)],
  JSON.parse('{"__proto__":{"tenant":"other"},"constructor":1}'),
  { toString: 'x', valueOf: 1, length: 9 },
  { $ne: null },
]

/** Names by which somebody might hope to reach a channel of the other tenant. */
export function hostileName(random: Random, { tenant, channels }: Targets): string {
  const name = random.pick(channels)
  return random.pick([
    name,
    `${tenant}/${name}`,
    `%002f${tenant}%002f${name}`,
    `../${tenant}/${name}`,
    `acme/../${tenant}/${name}`,
    `${name}\u0000`,
    `${name}/`,
    ` ${name}`,
    name.toUpperCase(),
    name.replace(':', '%003a'),
    `mill:7/../../${tenant}/${name}`,
    `mill:7%002f..%002f${tenant}`,
    '$cluster',
    '$control',
    '$user:bela',
    `$presence:${name}`,
    'mill:*',
    'mill:{millId}',
  ])
}

/** Tenants that are nearly the other one, and are not. */
export const nearTenants = [
  'acme',
  'acme',
  'acme',
  'OTHER',
  'other ',
  'other\u0000',
  'acme/other',
  '../other',
  'other/mill:7',
  '%006fther',
  '$cluster',
  '__proto__',
] as const

export function hostilePublication(random: Random, targets: Targets): Record<string, unknown> {
  const odd = () => random.pick(oddValues)
  const channel = random.chance(0.9) ? hostileName(random, targets) : odd()
  const event = random.pick<unknown>([
    'purchase:created',
    'purchase:created',
    'dashboard:stats',
    'scale:moved',
    'note',
    'constructor',
    'mr:inbox',
    odd(),
  ])
  const data = random.pick<unknown>([
    { id: 'evil', kg: 1 },
    { key: 'stock', value: 'evil' },
    { kg: 1, pad: 'evil' },
    { text: 'evil' },
    odd(),
  ])
  const more = random.pick<Record<string, unknown>>([
    {},
    {},
    {},
    { actor: { id: targets.userId } },
    { actor: odd() },
    { tenant: targets.tenant },
    { tenant: random.pick(nearTenants) },
    { tenant: odd() },
    { idempotencyKey: odd() },
    { channelKey: `${targets.tenant}/mill:7` },
    JSON.parse(`{"__proto__":{"tenant":"${targets.tenant}"}}`),
  ])
  return { channel, event, data, ...more }
}
