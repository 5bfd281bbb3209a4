/** What a server says of itself. */
export interface ServerFacts {
  readonly major: number
  readonly version: string
  readonly cluster: boolean
  readonly primary: boolean
}

/** The command that asks for it: known since Redis 6, and allowed to everybody. */
export const askForFacts = ['hello', '2'] as const

/** The answer to it: names and values in turns. Throws where it is an error, or another thing. */
export function serverFacts(answer: unknown): ServerFacts {
  if (answer instanceof Error) throw answer
  const fields = new Map<string, unknown>()
  if (Array.isArray(answer)) for (let at = 0; at + 1 < answer.length; at += 2) fields.set(String(answer[at]), answer[at + 1])
  const version = String(fields.get('version') ?? '')
  const major = Number.parseInt(version, 10)
  if (!Number.isInteger(major)) throw new Error('it does not say which version it is')
  return { major, version, cluster: fields.get('mode') === 'cluster', primary: (fields.get('role') ?? 'master') === 'master' }
}
