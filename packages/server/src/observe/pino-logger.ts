import { pino } from 'pino'
import type { Logger } from './logger.ts'
// Placeholder until the real one is here: overwrite it.
export function pinoLogger(options: { level?: string } = {}): Logger { return pino(options) }
