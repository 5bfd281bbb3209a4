import type { Announcement, NewPayment, NewUser } from '../../contract/inputs.ts'
import type { ChatMessage, Invoice, Payment, Plan, PlanId, Site, Subscription, Tenant, User } from '../../contract.ts'
import type { Session } from '../session/session.ts'
import { isApiError } from './api-error.ts'
import { send } from './send.ts'

export type Api = ReturnType<typeof createApi>

/** REST with the window's access token; one that the server no longer takes is renewed once. */
export function createApi(session: Session) {
  async function call<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const sending = { method, path, ...(body !== undefined && { body }) }
    try {
      return await send<T>({ ...sending, token: await session.accessToken() })
    } catch (error) {
      if (!isApiError(error, 'auth_expired', 'auth_invalid') || session.getSnapshot().state !== 'signed-in') throw error
      return send<T>({ ...sending, token: await session.renew() })
    }
  }
  return {
    tenant: () => call<Tenant>('GET', '/tenant'),
    site: () => call<Site>('GET', '/site'),
    retrySite: () => call<Site>('POST', '/site/retry'),
    plans: () => call<Plan[]>('GET', '/plans'),
    subscription: () => call<Subscription>('GET', '/subscription'),
    changePlan: (plan: PlanId) => call<Subscription>('POST', '/subscription', { plan }),
    invoices: () => call<Invoice[]>('GET', '/invoices'),
    pay: (input: NewPayment) => call<{ payment: Payment; subscription: Subscription }>('POST', '/payments', input),
    users: () => call<User[]>('GET', '/users'),
    addUser: (input: NewUser) => call<User>('POST', '/users', input),
    chat: () => call<ChatMessage[]>('GET', '/chat'),
    announce: (input: Partial<Announcement> & Pick<Announcement, 'title' | 'message'>) =>
      call<{ recipients: number }>('POST', '/notifications', input),
  }
}
