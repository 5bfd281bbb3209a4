/** One person in a channel, however many connections they have. */
export interface PresenceMember {
  readonly userId: string
  readonly name?: string
  readonly state: unknown
  readonly connections: number
  /** Milliseconds since 1970. */
  readonly joinedAt: number
}
