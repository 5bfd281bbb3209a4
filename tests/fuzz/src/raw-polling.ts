import type { Wiretap } from './wiretap.ts'

/** A polling session by hand. */
export interface RawPolling {
  readonly sid: string
  /** Posts a body as it is; answers the status, or null where the server hung up. */
  post(body: string | Uint8Array<ArrayBuffer>, contentType?: string): Promise<number | null>
  /** One poll; answers the packets, or null where there was no such answer in time. */
  poll(timeoutMs?: number): Promise<readonly string[] | null>
}

export async function openRawPolling(url: string, tap: Wiretap, auth: unknown): Promise<RawPolling> {
  const base = `${url}/socket.io/?EIO=4&transport=polling`
  const opened = await (await fetch(base)).text()
  tap.add(opened)
  const { sid } = JSON.parse(opened.slice(1)) as { sid: string }

  async function post(body: string | Uint8Array<ArrayBuffer>, contentType = 'text/plain;charset=UTF-8'): Promise<number | null> {
    try {
      const response = await fetch(`${base}&sid=${sid}`, {
        method: 'POST',
        body,
        headers: { 'content-type': contentType },
        signal: AbortSignal.timeout(2_000),
      })
      tap.add(await response.text())
      return response.status
    } catch {
      return null
    }
  }
  async function poll(timeoutMs = 2_000): Promise<readonly string[] | null> {
    try {
      const response = await fetch(`${base}&sid=${sid}`, { signal: AbortSignal.timeout(timeoutMs) })
      const text = await response.text()
      tap.add(text)
      return response.ok ? text.split('\x1e') : null
    } catch {
      return null
    }
  }
  if (auth !== undefined) {
    await post(`40${JSON.stringify(auth)}`)
    await poll()
  }
  return { sid, post, poll }
}
