/** What a route answers with, and how it is sent. */
export interface Answer {
  readonly status: 200 | 201
  readonly data: unknown
  readonly message: string
}

export const ok = (data: unknown, message = 'OK'): Answer => ({ status: 200, data, message })
export const created = (data: unknown, message: string): Answer => ({ status: 201, data, message })
