import type { Hello } from '@millrace/contract/wire'

export type Transport = 'websocket' | 'polling'

export interface SocketOptions {
  readonly url: string
  readonly path: string
  readonly namespace: string
  readonly transports: readonly Transport[]
  readonly auth: { readonly token?: string; readonly millrace: Hello }
}

/** What a socket tells. After `onEnd`, or after `close()`, it tells nothing more. */
export interface SocketHandlers {
  onMessage(event: string, payload: unknown): void
  /** `refusal` holds what the server said to the attempt; absent where the network failed or the server hung up. */
  onEnd(end: { readonly message: string; readonly refusal?: unknown }): void
}

/** One attempt to connect, and the connection that comes of it. A new attempt is a new socket. */
export interface Socket {
  send(event: string, payload: unknown, onAck?: (reply: unknown) => void): void
  close(): void
}

export type Connect = (options: SocketOptions, handlers: SocketHandlers) => Socket
