import type { UserUpdate } from '../contract/inputs.ts'
import type { User } from '../contract.ts'
import type { App } from './app.ts'
import { endSessionsOfUser } from './auth/sessions.ts'
import { one, run } from './database.ts'
import { denied, invalidField, notFound, Problem } from './problem.ts'
import { findMill, findUser } from './users.ts'

export function requireSuperAdmin({ role }: User): void {
  if (role !== 'SUPER_ADMIN') throw denied('Only a super admin may do this')
}

/** Changes who may do what. Open connections lose the rights that were taken within the same breath. */
export async function updateUser(app: App, by: User, userId: string, update: UserUpdate): Promise<User> {
  requireSuperAdmin(by)
  const { db, rt, clock } = app
  const user = db
    .transaction(() => {
      const before = findUser(db, userId)
      if (before === null) throw notFound('user')
      const after: User = {
        ...before,
        isActive: update.isActive ?? before.isActive,
        role: update.role ?? before.role,
        millId: update.millId === undefined ? before.millId : update.millId,
      }
      checkMill(app, after)
      run(db, 'update users set isActive = ?, role = ?, millId = ? where id = ?', after.isActive ? 1 : 0, after.role, after.millId, userId)
      if (one(db, `select 1 from users where role = 'SUPER_ADMIN' and isActive = 1`) === null)
        throw new Problem('conflict', 'This is the last active super admin: make another one first')
      if (!after.isActive) endSessionsOfUser(db, userId, clock.now())
      else
        void rt.notify(
          { user: userId },
          {
            type: 'info',
            title: 'Your rights have changed',
            message: `${by.name} changed your role or mill`,
            data: { role: after.role, millId: after.millId },
          },
          { tx: db },
        )
      return after
    })
    .immediate()

  await (user.isActive ? rt.reauthorize(userId) : rt.revoke(userId))
  return user
}

function checkMill({ db }: App, { role, millId }: User): void {
  if (role !== 'SUPER_ADMIN' && millId === null) throw invalidField('millId', `a ${role} works in a mill: name it`)
  if (millId !== null && findMill(db, millId) === null) throw invalidField('millId', 'no such mill')
}
