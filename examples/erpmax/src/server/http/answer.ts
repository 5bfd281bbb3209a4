/** What a route answers with. */
export interface Answer {
  readonly status: 200 | 201
  readonly data: unknown
}

export const ok = (data: unknown): Answer => ({ status: 200, data })
export const created = (data: unknown): Answer => ({ status: 201, data })
