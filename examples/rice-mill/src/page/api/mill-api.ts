import type {
  Announcement,
  AttendanceMark,
  BatchCompletion,
  NewBatch,
  NewMovement,
  NewPayment,
  NewPurchase,
  NewSale,
  NewStaffMember,
  PurchaseUpdate,
  SaleUpdate,
} from '../../contract/inputs.ts'
import type {
  Activity,
  Attendance,
  Batch,
  DashboardStats,
  Mill,
  Movement,
  Payment,
  Purchase,
  Receipt,
  Sale,
  StaffMember,
  Stock,
  User,
} from '../../contract.ts'
import type { Session } from '../session/session.ts'
import { isApiError } from './api-error.ts'
import { type Sending, send } from './send.ts'

export interface Page<T> {
  readonly items: readonly T[]
  readonly cursor: string | null
}

export interface ListOptions {
  readonly signal?: AbortSignal
  readonly cursor?: string
  readonly limit?: number
}

/** An idempotency key: made once for each entry, and kept until it is known to be saved. */
export type EntryKey = string

type Call = <T>(method: Sending['method'], path: string, options?: Omit<Sending, 'method' | 'path' | 'token'>) => Promise<T>

/** Sends with the window's access token; one that the server no longer takes is renewed once. */
function caller(session: Session): Call {
  return async <T>(method: Sending['method'], path: string, options: Omit<Sending, 'method' | 'path' | 'token'> = {}) => {
    const sending = { method, path, ...options }
    try {
      return await send<T>({ ...sending, token: await session.accessToken() })
    } catch (error) {
      if (!isApiError(error, 'auth_expired', 'auth_invalid') || session.getSnapshot().state !== 'signed-in') throw error
      return send<T>({ ...sending, token: await session.renew() })
    }
  }
}

function query({ cursor, limit = 200 }: ListOptions, more: Readonly<Record<string, string>> = {}): string {
  return new URLSearchParams({ limit: String(limit), ...(cursor !== undefined && { cursor }), ...more }).toString()
}

const signalOf = ({ signal }: ListOptions) => (signal === undefined ? {} : { signal })

function millApi(call: Call, millId: string) {
  const at = `/mills/${encodeURIComponent(millId)}`
  const list = <T>(path: string, options: ListOptions) => call<Page<T>>('GET', `${at}${path}?${query(options)}`, signalOf(options))
  const one = (path: string, id: string) => `${at}${path}/${encodeURIComponent(id)}`
  const enter = <T>(path: string, body: unknown, idempotencyKey: EntryKey) => call<T>('POST', `${at}${path}`, { body, idempotencyKey })

  return {
    purchases: (options: ListOptions) => list<Purchase>('/purchases', options),
    purchase: (id: string) => call<Purchase>('GET', one('/purchases', id)),
    enterPurchase: (input: NewPurchase, key: EntryKey) => enter<Purchase>('/purchases', input, key),
    changePurchase: (id: string, body: PurchaseUpdate) => call<Purchase>('PATCH', one('/purchases', id), { body }),
    deletePurchase: (id: string) => call<null>('DELETE', one('/purchases', id)),

    sales: (options: ListOptions) => list<Sale>('/sales', options),
    sale: (id: string) => call<Sale>('GET', one('/sales', id)),
    enterSale: (input: NewSale, key: EntryKey) => enter<Sale>('/sales', input, key),
    changeSale: (id: string, body: SaleUpdate) => call<Sale>('PATCH', one('/sales', id), { body }),
    deleteSale: (id: string) => call<null>('DELETE', one('/sales', id)),

    stock: (options: ListOptions) => call<Stock[]>('GET', `${at}/stock`, signalOf(options)),
    movements: (options: ListOptions) => list<Movement>('/movements', options),
    enterMovement: (input: NewMovement, key: EntryKey) => enter<Movement>('/movements', input, key),

    batches: (options: ListOptions) => list<Batch>('/batches', options),
    startBatch: (input: NewBatch, key: EntryKey) => enter<Batch>('/batches', input, key),
    completeBatch: (id: string, input: BatchCompletion, key: EntryKey) =>
      enter<Batch>(`/batches/${encodeURIComponent(id)}/complete`, input, key),

    payments: (options: ListOptions) => list<Payment>('/payments', options),
    enterPayment: (input: NewPayment, key: EntryKey) => enter<{ payment: Payment; receipt: Receipt | null }>('/payments', input, key),
    receipts: (options: ListOptions) => list<Receipt>('/receipts', options),

    staff: (options: ListOptions) => call<StaffMember[]>('GET', `${at}/staff`, signalOf(options)),
    addStaff: (input: NewStaffMember, key: EntryKey) => enter<StaffMember>('/staff', input, key),
    staffLeaves: (id: string) => call<StaffMember>('POST', `${one('/staff', id)}/leave`, { body: {} }),
    attendance: (day: string, options: ListOptions) => call<Attendance[]>('GET', `${at}/attendance?day=${day}`, signalOf(options)),
    markAttendance: (input: AttendanceMark) => call<Attendance>('POST', `${at}/attendance`, { body: input }),

    activity: (options: ListOptions) => list<Activity>('/activity', options),
    dashboard: (options: ListOptions) => call<DashboardStats>('GET', `${at}/dashboard`, signalOf(options)),
  }
}

export type MillApi = ReturnType<typeof millApi>

export interface Api {
  mills(): Promise<Mill[]>
  users(): Promise<User[]>
  setUserActive(userId: string, isActive: boolean): Promise<User>
  announce(input: Announcement): Promise<{ id: string; recipients: number }>
  /** One mill's business. */
  mill(millId: string): MillApi
}

export function createApi(session: Session): Api {
  const call = caller(session)
  return {
    mills: () => call('GET', '/mills'),
    users: () => call('GET', '/users'),
    setUserActive: (userId, isActive) => call('PATCH', `/users/${encodeURIComponent(userId)}`, { body: { isActive } }),
    announce: (body) => call('POST', '/notifications', { body }),
    mill: (millId) => millApi(call, millId),
  }
}
