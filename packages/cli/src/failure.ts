import { inspect } from 'node:util'
import { errors, refusals } from '@millrace/contract'
import { exitCodes } from './exit-codes.ts'

/** Ends a command. The message is one line: what is wrong, and the mend. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number

  constructor(problem: string, mend: string, exitCode: number = exitCodes.failed, options?: ErrorOptions) {
    super(`${problem}: ${mend}`, options)
    this.exitCode = exitCode
  }
}

export interface Failure {
  readonly text: string
  readonly exitCode: number
}

/** Of a code of the contract's tables. */
function mendOf(code: unknown): string {
  for (const table of [errors, refusals] as Readonly<Record<string, { readonly action: string }>>[])
    if (typeof code === 'string' && Object.hasOwn(table, code)) return ` (${table[code]?.action})`
  return ''
}

/** One line without a stack; all that is known of the error where that was asked for. */
export function describeFailure(error: unknown, verbose: boolean): Failure {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  const detail = verbose ? `\n${inspect(error)}` : ''
  const line = message.replaceAll(/\s+/g, ' ').trim()
  if (error instanceof CommandFailure) return { text: `${line}${detail}`, exitCode: error.exitCode }
  // By their names: the configuration may have loaded another copy of the server than ours.
  if (name === 'ConfigurationError' || name === 'StoreOpenError') return { text: `${line}${detail}`, exitCode: exitCodes.configuration }
  if (name === 'MillraceError') {
    const code: unknown = Reflect.get(Object(error), 'code')
    return { text: `${code}: ${line}${mendOf(code)}${detail}`, exitCode: exitCodes.failed }
  }
  return { text: `${line || name}${verbose ? detail : ' (--verbose shows more)'}`, exitCode: exitCodes.failed }
}
