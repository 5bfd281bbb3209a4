export interface Fault {
  readonly path: string
  readonly message: string
}

/** A request that did not succeed. `unreachable`: no answer came, so it may or may not have been carried out. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.details = details
  }

  /** What is wrong with what was sent, field by field. */
  get faults(): readonly Fault[] {
    const { faults } = this.details
    // Holds: the server answers `invalid_payload` with this list.
    return Array.isArray(faults) ? (faults as Fault[]) : []
  }
}

export const isApiError = (error: unknown, ...codes: readonly string[]): error is ApiError =>
  error instanceof ApiError && (codes.length === 0 || codes.includes(error.code))

/** What to tell somebody of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'Something went wrong')
