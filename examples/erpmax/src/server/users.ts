import { randomUUID } from 'node:crypto'
import type { NewUser } from '../contract/inputs.ts'
import type { User } from '../contract.ts'
import type { App } from './app.ts'
import { hashPassword } from './auth/passwords.ts'
import { one, type Sql } from './database/port.ts'
import { conflict, denied } from './problem.ts'

const columns = 'id, tenant_id, email, name, role'

export const findUser = (sql: Sql, id: string): Promise<User | null> => one<User>(sql, `select ${columns} from users where id = ?`, id)

export async function findCredentials(sql: Sql, email: string): Promise<{ readonly user: User; readonly passwordHash: string } | null> {
  const row = await one<User & { password_hash: string }>(sql, `select ${columns}, password_hash from users where email = ?`, email)
  if (row === null) return null
  const { password_hash: passwordHash, ...user } = row
  return { user, passwordHash }
}

export const usersOf = (sql: Sql, tenantId: string): Promise<User[]> =>
  sql.rows<User>(`select ${columns} from users where tenant_id = ? order by created_at, id`, tenantId)

/** Throws `conflict` for an address that has an account. */
export async function insertUser(sql: Sql, user: User, passwordHash: string, now: number): Promise<void> {
  const { id, tenant_id, email, name, role } = user
  const added = await sql.run(
    `insert into users (${columns}, password_hash, created_at) values (?, ?, ?, ?, ?, ?, ?) on conflict (email) do nothing`,
    ...[id, tenant_id, email, name, role, passwordHash, now],
  )
  if (added === 0) throw conflict('This email address has an account already', 'email')
}

/** A colleague: hears all that is told to the tenant from the moment they sign in. */
export async function addUser({ db, emit, clock }: App, by: User, { name, email, password }: NewUser): Promise<User> {
  if (by.role !== 'OWNER') throw denied('Only an owner may add people')
  const user: User = { id: randomUUID(), tenant_id: by.tenant_id, email, name, role: 'MEMBER' }
  const passwordHash = await hashPassword(password)
  await db.transact(async (sql) => {
    await insertUser(sql, user, passwordHash, clock.now())
    const title = `${name} has joined`
    await emit.emitNotification({ tenant_id: by.tenant_id, user_id: by.id }, randomUUID(), title, `${email} can sign in now`, 'info', sql)
  })
  return user
}
