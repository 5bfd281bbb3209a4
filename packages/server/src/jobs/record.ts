import type { Job } from './port.ts'

/** A job as stored: its input apart, as that never changes. Both are JSON text. */
export interface JobRecord {
  readonly input: string
  readonly record: string
}

export function recordOf({ input, ...rest }: Job): JobRecord {
  return { input: JSON.stringify(input) ?? 'null', record: JSON.stringify(rest) }
}

export function jobOf({ input, record }: JobRecord): Job {
  // Hold: `recordOf` wrote both.
  return { ...(JSON.parse(record) as Omit<Job, 'input'>), input: JSON.parse(input) as unknown } as Job
}
