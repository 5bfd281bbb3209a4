import type { EmitterSink } from './emitters.ts'

export interface HttpSinkOptions {
  /** The orchestrator: `http://localhost:8000`. */
  readonly url: string
  /** Its `API_KEY`. */
  readonly key: string
}

const answerWithinMs = 10_000

/** From any other program, over the orchestrator's HTTP API. Rejects with what the API says of a refusal. */
export function httpSink({ url, key }: HttpSinkOptions): EmitterSink {
  async function post(path: string, body: unknown): Promise<void> {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
    })
    if (!response.ok) throw new Error(`${path} was refused with ${response.status}: ${await response.text()}`)
  }
  return {
    publish: ({ name }, event, data, { tenant }) => post('/v1/publish', { tenant, channel: name, event, data }),
    notify: (user, { id, type, title, message }, { tenant }) =>
      post('/v1/notify', { tenant, to: { user }, type, title, message, dedupeKey: id }),
  }
}
