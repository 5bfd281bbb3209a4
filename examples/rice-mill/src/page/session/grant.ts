import type { User } from '../../contract.ts'

/** What signing in, or refreshing, answers. */
export interface Grant {
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds that the access token is good for. */
  readonly expiresIn: number
  readonly user: User
}
