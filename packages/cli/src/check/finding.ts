/** What `check` found out about one setting or dependency. */
export interface Finding {
  readonly name: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly message: string
  /** What to do about it. */
  readonly mend?: string
}

export const ok = (name: string, message: string): Finding => ({ name, status: 'ok', message })
export const warn = (name: string, message: string, mend: string): Finding => ({ name, status: 'warn', message, mend })
export const fail = (name: string, message: string, mend: string): Finding => ({ name, status: 'fail', message, mend })

const colourOf = { ok: 32, warn: 33, fail: 31 } as const

/** One line for people. */
export function findingLine({ name, status, message, mend }: Finding, colours: boolean): string {
  const word = status.padEnd(4)
  const shown = colours ? `\u001b[${colourOf[status]}m${word}\u001b[0m` : word
  return `${shown}  ${name.padEnd(10)}  ${message}${mend === undefined ? '' : `: ${mend}`}`
}

/** An error with a mend in its message, which is after the last `: ` of it. */
export function failure(name: string, error: unknown): Finding {
  const text = (error instanceof Error ? error.message || error.name : String(error)).replaceAll(/\s+/g, ' ')
  const [, message = text, mend = 'see `millrace check --verbose`'] = /^(.*): (.*)$/.exec(text) ?? []
  return fail(name, message, mend)
}
