import type { Random } from '@millrace-tests/support'
import { hostileName, hostilePublication, nearTenants, oddValues } from './hostile-json.ts'
import type { Targets } from './messages.ts'

/** Arguments of `millrace.publish` by a program that was told to name its own tenant, and names anything but the other's. */
export function hostileSqlPublication(random: Random, targets: Targets): readonly unknown[] {
  const { channel, event, data } = hostilePublication(random, targets)
  const text = (value: unknown) => (typeof value === 'string' || value === null ? value : JSON.stringify(value))
  return [
    text(random.chance(0.5) ? hostileName(random, targets) : channel),
    text(event),
    random.chance(0.9) ? JSON.stringify(data) : random.pick(['', '{', 'null', '"\\u0000"', '1e400']),
    random.pick<unknown>([null, 'k1', 'amqp:x:m1', 'x'.repeat(2_000), text(random.pick(oddValues))]),
    random.pick<string | null>([...nearTenants, null, '']),
  ]
}

/** What a role that may publish, and nothing else, tries beside that. */
export const forbiddenStatements: readonly string[] = [
  'SELECT * FROM millrace.outbox',
  'SELECT * FROM millrace.dead_letters',
  'SELECT * FROM millrace.meta',
  "INSERT INTO millrace.outbox (channel, checked, event, json, id, time) VALUES ('other/mill:7', true, 'purchase:created', '{}', 'x', 1)",
  "SELECT millrace.write_outbox('x', '[]')",
  'SELECT millrace.new_epoch()',
  'DROP FUNCTION millrace.publish',
  'CREATE TABLE millrace.mine ()',
  "UPDATE millrace.outbox SET channel = 'other/mill:7'",
]
