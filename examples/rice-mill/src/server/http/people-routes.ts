import { z } from 'zod'
import { announcement, userUpdate } from '../../contract/inputs.ts'
import { announce } from '../announcements.ts'
import type { App } from '../app.ts'
import { notFound, parse } from '../problem.ts'
import { requireSuperAdmin, updateUser } from '../user-admin.ts'
import { listMills, listUsers } from '../users.ts'
import { created, ok } from './answer.ts'
import type { Routes } from './routes.ts'

const inboxQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().min(1).max(512).optional(),
  unread: z.enum(['true', 'false']).optional(),
})
const inboxMark = z.object({ ids: z.union([z.array(z.string().min(1).max(64)).min(1).max(200), z.literal('all')]), read: z.boolean() })

/** Mills, users, and everybody's own notifications. */
export function addPeopleRoutes({ forUsers }: Routes, app: App): void {
  const { db, rt } = app
  forUsers('get', '/mills', (user) => ok(listMills(db, user)))

  forUsers('get', '/users', (user) => {
    requireSuperAdmin(user)
    return ok(listUsers(db))
  })
  forUsers('patch', '/users/:userId', async (user, { params, body }) =>
    ok(await updateUser(app, user, params.userId ?? '', parse(userUpdate, body)), 'User updated successfully'),
  )

  forUsers('get', '/notifications', async (user, { query }) => {
    const { limit, cursor, unread } = parse(inboxQuery, query)
    return ok(await rt.inbox.list(user.id, { limit, ...(cursor !== undefined && { cursor }), ...(unread === 'true' && { unread: true }) }))
  })
  forUsers('post', '/notifications/read', async (user, { body }) => {
    const { ids, read } = parse(inboxMark, body)
    await rt.inbox.mark(user.id, ids, read)
    return ok(await rt.inbox.count(user.id))
  })
  forUsers('delete', '/notifications/:id', async (user, { params }) => {
    if ((await rt.inbox.delete(user.id, [params.id ?? ''])) === null) throw notFound('notification')
    return ok(await rt.inbox.count(user.id))
  })
  forUsers('post', '/notifications', async (user, { body }) => created(await announce(app, user, parse(announcement, body)), 'Notice sent'))
}
