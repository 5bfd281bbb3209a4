import { login, newUser, refresh, signUp } from '../../contract/inputs.ts'
import type { App } from '../app.ts'
import type { SignIn } from '../auth/sign-in.ts'
import { parse } from '../problem.ts'
import { signUp as signTenantUp } from '../tenants.ts'
import { addUser, usersOf } from '../users.ts'
import { created, ok } from './answer.ts'
import type { Routes } from './routes.ts'

export function addAccountRoutes({ forAnyone, forUsers }: Routes, app: App, signIn: SignIn): void {
  forAnyone('post', '/auth/signup', async (_, { body }) => created(await signIn.grant(await signTenantUp(app, parse(signUp, body)))))
  forAnyone('post', '/auth/login', async (_, { body, address }) => ok(await signIn.login(parse(login, body), address)))
  forAnyone('post', '/auth/refresh', async (_, { body }) => ok(await signIn.refresh(parse(refresh, body).refresh_token)))
  forAnyone('post', '/auth/logout', async (_, { body }) => ok(await signIn.logout(parse(refresh, body).refresh_token)))
  forUsers('get', '/auth/me', (user) => ok(user))
  forUsers('get', '/users', async (user) => ok(await usersOf(app.db, user.tenant_id)))
  forUsers('post', '/users', async (user, { body }) => created(await addUser(app, user, parse(newUser, body))))
}
