import { randomUUID } from 'node:crypto'
import type { Announcement } from '../contract/inputs.ts'
import type { User } from '../contract.ts'
import type { App } from './app.ts'
import { denied, notFound } from './problem.ts'
import { usersOf } from './users.ts'

/** A notice of the owner's to one colleague or to all of them: stored for each, then shown. */
export async function announce(
  { db, emit }: App,
  by: User,
  { user_id, title, message, type }: Announcement,
): Promise<{ recipients: number }> {
  if (by.role !== 'OWNER') throw denied('Only an owner may send notices')
  return db.transact(async (sql) => {
    const people = (await usersOf(sql, by.tenant_id)).filter(({ id }) => user_id === undefined || id === user_id)
    if (people.length === 0) throw notFound('user')
    const id = randomUUID()
    for (const person of people) await emit.emitNotification({ tenant_id: by.tenant_id, user_id: person.id }, id, title, message, type, sql)
    return { recipients: people.length }
  })
}
