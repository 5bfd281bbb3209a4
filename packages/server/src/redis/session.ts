/** What is between a loss and the next: connections that live together. */
export interface Session {
  /** In the order of the messages: an error for each that was refused, or whose connection was lost. */
  publish(messages: readonly (readonly [channel: string, text: string])[]): Promise<readonly unknown[]>
  /** In the order of the channels: an error for each that was refused. */
  subscribe(channels: readonly string[]): Promise<readonly unknown[]>
  unsubscribe(channels: readonly string[]): Promise<void>
  /** Resolves when a message has come back from each server. */
  roundTrip(): Promise<void>
  /** Idempotent. */
  end(): void
}

export interface SessionEvents {
  readonly onMessage: (channel: string, text: string) => void
  /** Called once, and not after `end`: the session is over. */
  readonly onLost: (reason: Error) => void
}

/** Rejects with what stood in the way. */
export type OpenSession = (events: SessionEvents) => Promise<Session>

/** Whether Redis has said no. An error of another kind says that the connection is gone. */
export function isRefusal(answer: unknown): answer is Error {
  return answer instanceof Error && answer.name === 'ReplyError'
}

/** One line, for messages. Redis quotes what it was asked, which may be a password or a payload. */
export function reasonOf(error: unknown): string {
  const said = error instanceof Error ? error.message || error.name : String(error)
  return said.split(/\n|,? with args beginning with/, 1)[0] ?? ''
}
