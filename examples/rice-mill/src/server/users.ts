import type { Mill, User } from '../contract.ts'
import { all, type Database, one } from './database.ts'

type UserRow = Omit<User, 'isActive'> & { isActive: number; passwordHash: string }

function toUser({ passwordHash: _, isActive, ...row }: UserRow): User {
  return { ...row, isActive: isActive === 1 }
}

export function findUser(db: Database, id: string): User | null {
  const row = one<UserRow>(db, 'select * from users where id = ?', id)
  return row && toUser(row)
}

export function findCredentials(db: Database, email: string): { readonly user: User; readonly passwordHash: string } | null {
  const row = one<UserRow>(db, 'select * from users where email = ?', email)
  return row && { user: toUser(row), passwordHash: row.passwordHash }
}

export function listUsers(db: Database): User[] {
  return all<UserRow>(db, 'select * from users order by name').map(toUser)
}

export function findMill(db: Database, id: string): Mill | null {
  return one<Mill>(db, 'select * from mills where id = ?', id)
}

/** The mills that a person works in: all of them for a super admin. */
export function listMills(db: Database, { role, millId }: User): Mill[] {
  const mills = all<Mill>(db, 'select * from mills order by id')
  return role === 'SUPER_ADMIN' ? mills : mills.filter(({ id }) => id === millId)
}

/** Who is told what concerns a group: its active people. */
export const directory = {
  withRole: (db: Database, role: string) => ids(all(db, 'select id from users where isActive = 1 and role = ?', role)),
  ofMill: (db: Database, millId: string) => ids(all(db, 'select id from users where isActive = 1 and millId = ?', millId)),
  everybody: (db: Database) => ids(all(db, 'select id from users where isActive = 1')),
}

const ids = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id)
