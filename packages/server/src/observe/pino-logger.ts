import { pino } from 'pino'
import { ConfigurationError } from '../configuration-error.ts'
import type { Logger } from './logger.ts'
import { redacted, redactedText } from './redact.ts'

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof levels)[number]

export interface PinoLoggerOptions {
  /** @default 'info' */
  readonly level?: LogLevel
  /** Where the lines go. @default the process's standard output */
  readonly destination?: { write(line: string): void }
}

/** The default logger: a line of JSON per entry, less tokens and payloads (OPS2). */
export function pinoLogger({ level = 'info', destination }: PinoLoggerOptions = {}): Logger {
  if (!levels.includes(level)) throw new ConfigurationError('logger.level', 'is not a level', `set one of ${levels.join(', ')}`)
  const options = { level, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label: string) => ({ level: label }) } }
  const logger = destination === undefined ? pino(options) : pino(options, destination)

  function write(at: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
    if (!logger.isLevelEnabled(at)) return
    const safe = redacted(fields)
    logger[at](typeof safe === 'object' && safe !== null ? safe : { fields: safe }, redactedText(message))
  }
  return {
    debug: (fields, message) => write('debug', fields, message),
    info: (fields, message) => write('info', fields, message),
    warn: (fields, message) => write('warn', fields, message),
    error: (fields, message) => write('error', fields, message),
  }
}
