import { type Recorder, recorder, within } from '@millrace-tests/support'
import { expect } from 'vitest'
import { type StockClient, type StockOptions, type StockSocket, type Way, ways } from './clients.ts'
import type { Purchase, StockAck } from './subject.ts'

export interface Heard {
  readonly event: string
  readonly args: readonly unknown[]
}

/** Somebody with a stock client, who writes down what they hear. */
export interface Guest {
  readonly socket: StockSocket
  readonly heard: Recorder<Heard>
  readonly purchases: () => Purchase[]
}

export interface GuestOptions extends StockOptions {
  readonly client: StockClient
  readonly way: Way
  /** With the namespace, where it is not the main one. */
  readonly url: string
  readonly token?: string | undefined
}

export function connectGuest({ client, way, url, token, ...options }: GuestOptions): Guest {
  const socket = client.io(url, {
    transports: ways[way],
    forceNew: true,
    reconnectionDelay: 20,
    reconnectionDelayMax: 50,
    ...(token !== undefined && { auth: { token } }),
    ...options,
  })
  const heard = recorder<Heard>()
  socket.onAny((event, ...args) => heard.push({ event, args }))
  // Holds: the subject publishes purchases under this name.
  const purchases = () => heard.all.filter(({ event }) => event === 'purchase:created').map(({ args }) => args[0] as Purchase)
  return { socket, heard, purchases }
}

/** The guest's connection goes the way it is to go. */
export async function settled({ socket }: Guest, way: Way): Promise<void> {
  const { engine } = socket.io
  if (way === 'upgrade' && engine.transport.name !== 'websocket')
    await within(5_000, 'upgrade', new Promise<void>((resolve) => void engine.once('upgrade', resolve)))
  expect(engine.transport.name).toBe(way === 'polling' ? 'polling' : 'websocket')
}

async function until(guest: Guest, holds: () => boolean): Promise<void> {
  if (!holds()) await guest.heard.find(holds)
}

export async function welcome(guest: Guest, times = 1): Promise<void> {
  await within(
    5_000,
    `welcome ${times}`,
    until(guest, () => guest.heard.all.filter(({ event }) => event === 'connected').length >= times),
  )
}

export async function received(guest: Guest, count: number): Promise<Purchase[]> {
  await within(
    10_000,
    `${count} purchases`,
    until(guest, () => guest.purchases().length >= count),
  )
  return guest.purchases()
}

/** Emits with an ack; `onAck` is called in the turn in which it comes. */
export function ask({ socket }: Guest, event: string, input: unknown, onAck: () => void = () => {}): Promise<StockAck> {
  return within(
    10_000,
    `ack of ${event}`,
    new Promise<StockAck>(
      (resolve) =>
        void socket.emit(event, input, (ack: never) => {
          onAck()
          // Holds: the subject answers so.
          resolve(ack as StockAck)
        }),
    ),
  )
}
