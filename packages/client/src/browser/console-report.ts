import type { Report } from '../report.ts'

/** Where errors go that the application does not take. */
export const consoleReport: Report = (error, context) => {
  // biome-ignore lint/suspicious/noConsole: the developer's console is the place of last resort.
  console.error(`millrace: failed during ${context.during}`, context, error)
}
