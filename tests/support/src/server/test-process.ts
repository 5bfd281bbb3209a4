import { type ChildServer, startChildServer } from '../node/child-server.ts'
import type { BuyControl, FloodControl, LogAnswer, LogControl, NotifyControl, PublishControl } from './controls.ts'
import { type ServerSettings, serverSettingsEnv } from './settings.ts'

/** A control that the server answered with a failure, or did not answer at all (`code` is then `unreachable`). */
export class ControlError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** The test server's process and what may be asked of it. */
export interface TestProcess {
  readonly child: ChildServer
  readonly port: number
  readonly controlPort: number
  readonly url: string
  publish(
    control: PublishControl,
  ): Promise<{ readonly id: string; readonly position: { readonly epoch: string; readonly offset: number } | null }>
  flood(control: FloodControl): Promise<void>
  /** Open connections of the Unix socket. */
  unixConnections(): Promise<number>
  buy(control: BuyControl): Promise<{ readonly committed: boolean }>
  rows(): Promise<readonly string[]>
  log(control: LogControl): Promise<LogAnswer>
  notify(control: NotifyControl): Promise<{ readonly id: string }>
  inbox(control: { readonly userId: string; readonly tenant?: string }): Promise<{
    readonly notifications: readonly { readonly id: string }[]
    readonly cursor: string | null
  }>
  health(): Promise<{ readonly ready: boolean; readonly connections: number }>
  /** Prometheus text. */
  metrics(): Promise<string>
  /** Who is in the channel, as this node knows it. */
  members(control: LogControl): Promise<readonly { readonly userId: string; readonly connections: number }[]>
  revoke(control: { readonly userId: string }): Promise<void>
  send(control: { readonly userId: string; readonly text: string }): Promise<void>
  /** Sets the server's clock by `ms`. */
  jumpClock(control: { readonly ms: number }): Promise<void>
  /** Resident bytes. */
  memory(): Promise<number>
}

export async function startTestProcess(settings: Partial<ServerSettings>): Promise<TestProcess> {
  const child = await startChildServer({ entry: new URL('main.ts', import.meta.url), env: serverSettingsEnv(settings) })
  // Holds: `main.ts` sends both.
  const { port, controlPort } = child.ready as { port: number; controlPort: number }
  const call = controlCaller(controlPort)
  return {
    child,
    port,
    controlPort,
    url: `http://127.0.0.1:${port}`,
    publish: (control) => call('publish', control),
    flood: (control) => call('flood', control),
    unixConnections: () => call('unixConnections', {}),
    buy: (control) => call('buy', control),
    rows: () => call('rows', {}),
    log: (control) => call('log', control),
    notify: (control) => call('notify', control),
    inbox: (control) => call('inbox', control),
    health: () => call('health', {}),
    metrics: () => call('metrics', {}),
    members: (control) => call('members', control),
    revoke: (control) => call('revoke', control),
    send: (control) => call('send', control),
    jumpClock: (control) => call('jumpClock', control),
    memory: () => call('memory', {}),
  }
}

function controlCaller(controlPort: number) {
  return async function call<T>(name: string, input: unknown): Promise<T> {
    let text: string
    let ok: boolean
    try {
      const response = await fetch(`http://127.0.0.1:${controlPort}/${name}`, {
        method: 'POST',
        body: JSON.stringify(input),
        signal: AbortSignal.timeout(10_000),
      })
      ok = response.ok
      text = await response.text()
    } catch (error) {
      throw new ControlError('unreachable', error instanceof Error ? error.message : 'no answer')
    }
    // Holds: the controls answer what `TestProcess` says, and failures as `{ code, message }`.
    if (ok) return JSON.parse(text) as T
    const { code = 'failed', message = text } = JSON.parse(text) as { code?: string; message?: string }
    throw new ControlError(code, message)
  }
}
