import type { z } from 'zod'
import type { Fault } from '../api/api-error.ts'

/** What is wrong, by field. */
export type Faults = Readonly<Record<string, string>>

type Issue = z.core.$ZodIssue

/** What a schema finds, in words for the person who fills in the form. */
function wordsFor(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return 'Fill this in'
    case 'too_small':
      return issue.origin === 'string' ? 'Fill this in' : `At least ${issue.minimum.toLocaleString('en-IN')}`
    case 'too_big':
      return issue.origin === 'string' ? `At most ${issue.maximum} characters` : `At most ${issue.maximum.toLocaleString('en-IN')}`
    case 'invalid_value':
      return 'Choose one'
    case 'invalid_format':
      return issue.format === 'date' ? 'Give a day' : 'This is not right'
    default:
      return issue.message
  }
}

/** The names of a form's fields where they differ from those of what is sent. */
export type FieldNames = Readonly<Record<string, string>>

/** Checks with the schema that the server checks with. */
export function check<T>(
  schema: z.ZodType<T>,
  input: unknown,
  names: FieldNames = {},
): { ok: true; value: T } | { ok: false; faults: Faults } {
  const result = schema.safeParse(input)
  if (result.success) return { ok: true, value: result.data }
  return {
    ok: false,
    faults: Object.fromEntries(result.error.issues.map((issue) => [nameOf(issue.path.join('.'), names), wordsFor(issue)])),
  }
}

/** The same from what the server has found. */
export function faultsOf(faults: readonly Fault[], names: FieldNames = {}): Faults {
  return Object.fromEntries(faults.map(({ path, message }) => [nameOf(path, names), message]))
}

const nameOf = (path: string, names: FieldNames) => names[path] ?? path
