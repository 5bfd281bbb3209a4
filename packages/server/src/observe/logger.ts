/** Structured logging; a pino logger fits. Fields never hold tokens or payloads (OPS2). */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
