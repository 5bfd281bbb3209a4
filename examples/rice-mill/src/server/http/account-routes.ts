import { login, refresh } from '../../contract/inputs.ts'
import type { SignIn } from '../auth/sign-in.ts'
import { parse } from '../problem.ts'
import { ok } from './answer.ts'
import type { Routes } from './routes.ts'

export function addAccountRoutes({ forAnyone, forUsers }: Routes, signIn: SignIn): void {
  forAnyone('post', '/auth/login', async (_, { body, address }) => ok(await signIn.login(parse(login, body), address), 'Signed in'))
  forAnyone('post', '/auth/refresh', async (_, { body }) => ok(await signIn.refresh(parse(refresh, body).refreshToken), 'Refreshed'))
  forAnyone('post', '/auth/logout', async (_, { body }) => ok(await signIn.logout(parse(refresh, body).refreshToken), 'Signed out'))
  forUsers('get', '/auth/me', (user) => ok(user))
}
