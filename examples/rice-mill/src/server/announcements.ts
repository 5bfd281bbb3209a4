import type { Notified, NotifyTarget } from '@millrace/server'
import type { Announcement } from '../contract/inputs.ts'
import { contract, type User } from '../contract.ts'
import type { App } from './app.ts'
import { denied, notFound } from './problem.ts'
import { findMill, findUser } from './users.ts'

type Target = Announcement['target']

/** A super admin speaks to anybody; who runs a mill, to the mill and its people. */
function mayAnnounceTo({ db }: App, user: User, target: Target): boolean {
  if (user.role === 'SUPER_ADMIN') return true
  if (user.role !== 'MILL_ADMIN' || user.millId === null) return false
  if ('mill' in target) return target.mill === user.millId
  return 'user' in target && findUser(db, target.user)?.millId === user.millId
}

function toNotifyTarget({ db }: App, target: Target): NotifyTarget {
  if ('user' in target) {
    if (findUser(db, target.user) === null) throw notFound('user')
    return target
  }
  if ('mill' in target) {
    if (findMill(db, target.mill) === null) throw notFound('mill')
    return { channel: contract.channels.mill({ millId: target.mill }) }
  }
  return 'admins' in target ? { role: 'SUPER_ADMIN' } : { everyone: true }
}

/** A notice to one person, a mill, the super admins, or everybody: stored for each of them, then shown. */
export function announce(app: App, user: User, { target, type, title, message }: Announcement): Promise<Notified> {
  if (!mayAnnounceTo(app, user, target)) throw denied('You may not send a notice to them')
  return app.rt.notify(toNotifyTarget(app, target), { type, title, message, data: { from: user.name } })
}
