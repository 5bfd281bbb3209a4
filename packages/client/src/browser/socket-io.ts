import { io } from 'socket.io-client'
import type { Connect } from '../connection/socket.ts'

/** The real socket: Socket.IO, with its own reconnection turned off. */
export const connectSocketIo: Connect = ({ url, path, namespace, transports, auth }, handlers) => {
  const socket = io(new URL(namespace, url).href, {
    path,
    auth,
    transports: [...transports],
    tryAllTransports: true,
    reconnection: false,
    forceNew: true,
    autoConnect: false,
  })
  let ended = false
  const end = (message: string, refusal?: unknown): void => {
    if (ended) return
    ended = true
    socket.offAny()
    socket.disconnect()
    handlers.onEnd(refusal === undefined ? { message } : { message, refusal })
  }
  socket.onAny((event: string, payload: unknown) => {
    if (!ended) handlers.onMessage(event, payload)
  })
  socket.on('connect_error', (error) => end(error.message, 'data' in error ? error.data : undefined))
  socket.on('disconnect', (reason) => end(reason))
  socket.connect()

  return {
    send(event, payload, onAck) {
      // A request without input is sent without one: JSON would make null of it.
      socket.emit(event, ...(payload === undefined ? [] : [payload]), ...(onAck ? [onAck] : []))
    },
    close() {
      ended = true
      socket.offAny()
      socket.disconnect()
    },
  }
}
